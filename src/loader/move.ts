/**
 * Moving a verified file from where it was dropped to a slot.
 *
 * @module
 */

import {
  type FileIdentity,
  identify,
  sameFile,
  type VerifiedFile,
} from "../watcher/watcher.ts";
import { FileChangedError } from "./loader.ts";
import { removeIfThere } from "./remove.ts";

/**
 * Renames a file to `target`, or copies it there if it is on another file
 * system or behind a symbolic link.
 *
 * @param part where a copy grows, in the directory of `target`.
 * @param beforeStep called before each step that changes a file.
 * @throws {FileChangedError} if it is not the file that was verified.
 */
export async function move(
  file: VerifiedFile,
  target: string,
  part: string,
  beforeStep: (step: string) => void,
): Promise<void> {
  // A symbolic link is not moved: its target may be elsewhere tomorrow.
  const linked = (await Deno.lstat(file.path)).isSymlink;
  beforeStep("rename the new file");
  const renamed = !linked && await rename(file.path, target);
  if (!renamed) {
    beforeStep("copy the new file");
    await copy(file.path, part);
    await mustBe(file.path, file.identity, part);
    await Deno.utime(part, new Date(), new Date(file.identity.mtime));
    beforeStep("rename the copy");
    await Deno.rename(part, target);
    beforeStep("remove the original of the copy");
    // What was dropped there during the copying is the next data set.
    if (sameFile(await identify(file.path), file.identity)) {
      await removeIfThere(file.path);
    }
    return;
  }
  if (sameFile(await identify(target), file.identity)) return;
  // Somebody else put another file there just before: it goes back, and is
  // verified like any other, unless there is yet another by now.
  if (await identify(file.path) === undefined) {
    await Deno.rename(target, file.path);
  } else await Deno.remove(target);
  throw new FileChangedError(file.path);
}

/** @returns false if the two are on different file systems. */
async function rename(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EXDEV") {
      return false;
    }
    throw error;
  }
}

async function copy(from: string, to: string): Promise<void> {
  try {
    await Deno.copyFile(from, to);
    // For reading: the copy of a file that is read-only is read-only, too.
    using file = await Deno.open(to);
    await file.syncData();
  } catch (error) {
    await removeIfThere(to);
    throw error;
  }
}

async function mustBe(
  path: string,
  identity: FileIdentity,
  part: string,
): Promise<void> {
  if (sameFile(await identify(path), identity)) return;
  await removeIfThere(part);
  throw new FileChangedError(path);
}
