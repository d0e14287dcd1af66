/**
 * Moving a verified file from where it was dropped to a slot.
 *
 * Whoever drops files may replace one at any moment, so what has been moved is
 * looked at once more, under a name that does not count, before it gets the name
 * that does:
 *
 * ```text
 * FILE ── rename ──> data.db.new ── if it is the verified one ──> data.db
 * FILE ── copy ───> data.db.part ── if FILE has not changed ────> data.db
 * ```
 *
 * @module
 */

import {
  identify,
  identifyOpen,
  sameIfRenamed,
} from "../watcher/file_identity.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import { FileChangedError } from "./loader.ts";
import {
  type BeforeStep,
  putBack,
  removeIfThere,
  removeOriginal,
  tellLeftover,
} from "./remove.ts";
import { COPY_MODE, keepRights } from "./rights.ts";
import { mustBeUnchanged, mustStandAlone } from "./unchanged.ts";

const CHUNK = 1024 * 1024;

/** Where a file goes, and by which names in the same directory. */
export interface Places {
  /** Its name in the end. */
  data: string;
  /** The name of a file that has just been renamed. */
  moved: string;
  /** The name of a copy that grows. */
  part: string;
}

/**
 * Renames a file, or copies it if it is on another file system or behind a
 * symbolic link.
 *
 * @param beforeStep called before each step that changes a file.
 * @throws {FileChangedError} if it is not the file that was verified; what is
 * there now stays there.
 */
export async function move(
  file: VerifiedFile,
  places: Places,
  beforeStep: BeforeStep,
): Promise<void> {
  // A symbolic link is not moved: its target may be elsewhere tomorrow.
  const linked = await isLink(file.path);
  if (linked === undefined) throw new FileChangedError(file.path);
  beforeStep("rename the new file");
  if (linked || !await rename(file.path, places.moved)) {
    await moveByCopy(file, places, beforeStep);
    return;
  }
  beforeStep("look at the new file");
  try {
    if (!sameIfRenamed(await identify(places.moved), file.identity)) {
      throw new FileChangedError(file.path);
    }
    await mustStandAlone(file.path, places.moved);
  } catch (error) {
    beforeStep("put the new file back");
    await putBack(places.moved, file.path);
    throw error;
  }
  beforeStep("give the new file its name");
  await Deno.rename(places.moved, places.data);
}

async function moveByCopy(
  file: VerifiedFile,
  places: Places,
  beforeStep: BeforeStep,
): Promise<void> {
  beforeStep("copy the new file");
  try {
    await copy(file, places.part);
    beforeStep("look at the original of the copy");
    await mustBeUnchanged(file);
    await mustStandAlone(file.path);
  } catch (error) {
    await removeIfThere(places.part);
    throw error;
  }
  await Deno.utime(places.part, new Date(), new Date(file.identity.mtime));
  beforeStep("rename the copy");
  await Deno.rename(places.part, places.data);
  // What was dropped there during the copying is the next data set, and stays.
  await removeOriginal(file, beforeStep).catch(tellLeftover);
}

/** @returns `undefined` if there is nothing. */
async function isLink(path: string): Promise<boolean | undefined> {
  try {
    return (await Deno.lstat(path)).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** @returns false if the two are on different file systems. */
async function rename(from: string, to: string): Promise<boolean> {
  try {
    await Deno.rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new FileChangedError(from);
    if (error instanceof Error && "code" in error && error.code === "EXDEV") {
      return false;
    }
    throw error;
  }
}

/** Copies the file that was verified, whatever has its name meanwhile. */
async function copy(
  { path, identity }: VerifiedFile,
  to: string,
): Promise<void> {
  using from = await Deno.open(path);
  await removeIfThere(to); // Its mode would stay as it was.
  using copy = await Deno.open(to, {
    write: true,
    createNew: true,
    mode: COPY_MODE,
  });
  const chunk = new Uint8Array(CHUNK);
  for (let n; (n = await from.read(chunk)) !== null;) {
    for (let at = 0; at < n;) at += await copy.write(chunk.subarray(at, n));
  }
  await copy.syncData();
  if (!sameIfRenamed(await identifyOpen({ file: from }), identity)) {
    throw new FileChangedError(path);
  }
  await keepRights(to, await from.stat());
}
