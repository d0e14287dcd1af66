/**
 * Clearing up what a crash in the middle of a load has left, so that what was
 * dropped is where it was dropped, or in a slot.
 *
 * A new file that has been opened stays in its slot, and what had begun with it is
 * finished. One that has not is put back to where it was dropped; but only to the
 * file that is watched now, whatever a note says.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { getLogger } from "@logtape/logtape";
import { identify, sameIfRenamed } from "../watcher/file_identity.ts";
import { hasSum } from "./has_sum.ts";
import {
  type BeforeStep,
  putBack,
  removeIfThere,
  removeSum,
  takenPath,
  tellLeftover,
} from "./remove.ts";
import { isNoted, partOf, readNote, type SlotNote } from "./slot_note.ts";
import type { SlotPaths } from "./slot_paths.ts";

const logger = getLogger(["goromdb", "loader"]);

/** What clearing up needs to know. */
export interface ClearUpOptions {
  /** The slots. */
  readonly slots: readonly SlotPaths[];
  /** Where files are dropped; nothing is put back to other places. */
  readonly sources: readonly string[];
  /** Called before each step that changes a file. */
  readonly beforeStep: BeforeStep;
  /** Puts a file aside, with the reason; returns where it is then. */
  putAside(path: string, reason: string): Promise<string>;
}

/** Clears up, whatever the step before which the last process ended. */
export async function clearUp(options: ClearUpOptions): Promise<void> {
  for (const slot of options.slots) {
    await removeParts(slot, options);
    await keepWhole(slot, options);
    const status = await identify(slot.next);
    if (status === undefined) await finishSettling(slot, options);
    else {
      const note = await readNote(slot.nextNote);
      if (note === undefined || !isNoted(note, status)) {
        await undo(slot, options);
      }
    }
    await removeIfThere(slot.unopenedNote);
  }
  const notes: SlotNote[] = [];
  for (const { data, note, next, nextNote } of options.slots) {
    for (const [file, path] of [[data, note], [next, nextNote]]) {
      const found = await readNote(path);
      if (found && await identify(file) !== undefined) notes.push(found);
    }
  }
  notes.sort((a, b) => b.sequence - a.sequence);
  tellForeign(notes, options.sources);
  for (const source of options.sources) {
    try {
      await clearDrops(source, notes, options.beforeStep);
    } catch (error) {
      // It keeps nobody from serving what is in a slot.
      logger.warn("cannot clear up beside {source}: {reason}", {
        source,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

/** Whether two paths are one. */
function isPath(one: string | undefined, other: string): boolean {
  return one !== undefined && resolve(one) === resolve(other);
}

/** What nobody has finished. */
async function removeParts(
  slot: SlotPaths,
  { beforeStep }: ClearUpOptions,
): Promise<void> {
  beforeStep("remove what is left of a copy");
  await removeIfThere(slot.part);
  await removeIfThere(partOf(slot.note));
  await removeIfThere(partOf(slot.unopenedNote));
}

/** A copy of what was served takes its place, if that is gone. */
async function keepWhole(
  { data, whole, note }: SlotPaths,
  { beforeStep }: ClearUpOptions,
): Promise<void> {
  if (await identify(whole) === undefined) return;
  const sum = (await readNote(note))?.sum;
  const isWanted = sum !== undefined && await identify(data) === undefined &&
    await hasSum(whole, sum);
  beforeStep("put a whole copy in its place, or remove it");
  if (isWanted) await Deno.rename(whole, data);
  else await removeIfThere(whole);
}

/** A new file has got its name, but its note has not. */
async function finishSettling(
  { data, note, nextNote }: SlotPaths,
  { beforeStep }: ClearUpOptions,
): Promise<void> {
  const found = await readNote(nextNote);
  const status = await identify(data);
  beforeStep("finish the note of what was served, or remove it");
  if (found !== undefined && status && isNoted(found, status)) {
    await Deno.rename(nextNote, note);
  } else await removeIfThere(nextNote);
}

/** A new file has not been opened: it is as if it had not been taken. */
async function undo(
  { next, nextNote, unopenedNote, note }: SlotPaths,
  { sources, beforeStep, putAside }: ClearUpOptions,
): Promise<void> {
  const found = await readNote(unopenedNote) ?? await readNote(nextNote) ??
    await readNote(note); // where former versions had it
  beforeStep("put back what was not opened");
  const source = sources.find((source) => isPath(found?.source, source));
  if (source !== undefined && await restore(next, source)) return;
  const now = await putAside(next, "left by a load that was cut short");
  await removeIfThere(nextNote);
  logger.warn(
    "{now} was being loaded when the server ended: drop it again, if it is wanted",
    { now },
  );
}

/** Says that notes are not followed, and why. */
function tellForeign(
  notes: readonly SlotNote[],
  sources: readonly string[],
): void {
  const [file] = sources;
  if (file === undefined) return;
  const foreign = notes.map(({ source }) => source)
    .filter((path) => !sources.some((source) => isPath(path, source)));
  for (const source of new Set(foreign)) {
    logger.warn(
      "a slot holds what was dropped as {source}, and files are dropped as {file} now: nothing is moved or removed there",
      { source, file },
    );
  }
}

/** Where files are dropped, nothing stays taken away. */
async function clearDrops(
  file: string,
  notes: readonly SlotNote[],
  beforeStep: BeforeStep,
): Promise<void> {
  // Nothing can be in a directory that is not there, or is none.
  const isDirectory = await Deno.stat(dirname(file))
    .then((info) => info.isDirectory, () => false);
  if (!isDirectory) return;
  const taken = takenPath(file);
  const found = await identify(taken);
  const isCopied = notes.some(({ size, mtime, dev = 0, ino = 0 }) =>
    sameIfRenamed(found, { size, mtime, dev, ino, ctime: 0 })
  );
  if (isCopied) await removeIfThere(taken);
  else await restore(taken, file);
  const sums = ["md5", "sha256"].map((algorithm) => `${file}.${algorithm}`);
  for (const sum of sums) await restore(takenPath(sum), sum);

  // A crash between the moves of a file and its sum leaves the sum behind.
  const [newest] = notes;
  const sumPath = sums.find((path) => isPath(newest?.sumPath, path));
  if (sumPath === undefined || !isPath(newest.source, file)) return;
  await removeSum({ path: file, sum: newest.sum, sumPath }, beforeStep)
    .catch(tellLeftover);
}

/**
 * Puts a file back, if it is there.
 *
 * @returns false if that cannot be done, which has been told.
 */
async function restore(from: string, to: string): Promise<boolean> {
  try {
    await putBack(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    logger.warn("cannot put {from} back to {to}: {reason}", {
      from,
      to,
      reason: error instanceof Error ? error.message : String(error),
    });
    return false;
  }
  return true;
}
