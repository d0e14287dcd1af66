/**
 * Bringing a verified file from where it was dropped to a slot, so that it is ours
 * alone there.
 *
 * A file that only we hold is renamed. One that has other names, that somebody
 * has open for writing, or of which that cannot be told, is copied: whoever has it
 * may write to it at any later time. It is the copy that is verified then.
 *
 * ```text
 * FILE ── lease ── rename ──> data.db.new ── if it is the verified one: taken
 * FILE ── copy ──> data.db.part ── if it has the sum ── rename ──> data.db.new
 * ```
 *
 * @module
 */

import { identify, sameFile, sameIfRenamed } from "../watcher/file_identity.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import { copyFile } from "./copy.ts";
import { hasSum } from "./has_sum.ts";
import { HeldFile } from "./held_file.ts";
import { FileChangedError } from "./loader.ts";
import { type BeforeStep, putBack, removeIfThere } from "./remove.ts";
import type { SlotPaths } from "./slot_paths.ts";
import { mustBeUnchanged, mustStandAlone } from "./unchanged.ts";

/** A file in a slot. */
export interface MovedFile {
  /** The file, leased if that is possible here. */
  readonly held: HeldFile;
  /** Whether the one that was dropped is still there. */
  readonly isCopy: boolean;
}

/**
 * Renames a file to `slot.next`, or copies it.
 *
 * @param beforeStep called before each step that changes a file.
 * @throws {FileChangedError} if it is not the file that was verified; what is
 * there now stays there.
 */
export async function move(
  file: VerifiedFile,
  slot: SlotPaths,
  beforeStep: BeforeStep,
): Promise<MovedFile> {
  const held = await holdAlone(file);
  if (held !== undefined) {
    try {
      if (await renameHeld(file, held, slot, beforeStep)) {
        return { held, isCopy: false };
      }
    } catch (error) {
      held.close();
      throw error;
    }
    held.close();
  }
  return { held: await moveByCopy(file, slot, beforeStep), isCopy: true };
}

/**
 * Leases the file that was verified, so that nobody writes to it any more.
 *
 * @returns `undefined` if it is not ours alone, and so has to be copied.
 * @throws {FileChangedError} if it is another one.
 */
async function holdAlone(file: VerifiedFile): Promise<HeldFile | undefined> {
  // A symbolic link is not moved: its target may be elsewhere tomorrow.
  if (await isLink(file.path)) return undefined;
  const held = await open(file.path);
  try {
    const outcome = await held.lease();
    const status = await held.status();
    if (!sameFile(status, file.identity)) {
      // Without the C library the times of an open file are not as exact.
      if (held.fd !== undefined) throw new FileChangedError(file.path);
    } else if (outcome === "held" && status.links === 1) return held;
  } catch (error) {
    held.close();
    throw error;
  }
  held.close();
  return undefined;
}

/** @returns false if the slot is on another file system. */
async function renameHeld(
  { path, identity }: VerifiedFile,
  held: HeldFile,
  { next }: SlotPaths,
  beforeStep: BeforeStep,
): Promise<boolean> {
  beforeStep("rename the new file");
  if (!await rename(path, next)) return false;
  try {
    beforeStep("look at the new file");
    const status = await identify(next);
    const isWanted = sameIfRenamed(status, identity) &&
      status?.links === 1 && held.leased;
    if (!isWanted) throw new FileChangedError(path);
    await mustStandAlone(path, next);
    return true;
  } catch (error) {
    beforeStep("put the new file back");
    await putBack(next, path);
    throw error;
  }
}

async function moveByCopy(
  file: VerifiedFile,
  { part, next }: SlotPaths,
  beforeStep: BeforeStep,
): Promise<HeldFile> {
  beforeStep("copy the new file");
  try {
    {
      using from = await open(file.path);
      if (!sameIfRenamed(await from.status(), file.identity)) {
        throw new FileChangedError(file.path);
      }
      await copyFile(from, part);
    }
    beforeStep("look at the original of the copy");
    await mustBeUnchanged(file);
    await mustStandAlone(file.path);
    if (!await hasSum(part, file.sum)) {
      throw new FileChangedError(file.path);
    }
    const held = await HeldFile.open(part);
    try {
      await held.file.syncData();
      beforeStep("rename the copy");
      await Deno.rename(part, next);
      await held.lease();
      return held;
    } catch (error) {
      held.close();
      throw error;
    }
  } catch (error) {
    await removeIfThere(part);
    throw error;
  }
}

async function open(path: string): Promise<HeldFile> {
  try {
    return await HeldFile.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new FileChangedError(path);
    throw error;
  }
}

/** @throws {FileChangedError} if there is nothing. */
async function isLink(path: string): Promise<boolean> {
  try {
    return (await Deno.lstat(path)).isSymlink;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new FileChangedError(path);
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
