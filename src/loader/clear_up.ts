/**
 * Clearing up what a crash in the middle of a load has left, so that what was
 * dropped is where it was dropped, or in a slot.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { identify, sameIfRenamed } from "../watcher/file_identity.ts";
import type { Places } from "./move.ts";
import {
  type BeforeStep,
  putBack,
  removeIfThere,
  removeSum,
  takenPath,
  tellLeftover,
} from "./remove.ts";
import type { SlotNote } from "./slot_note.ts";

const logger = getLogger(["goromdb", "loader"]);

/** A slot and its note, if it has one. */
export interface Slot {
  /** Its files. */
  readonly places: Places;
  /** What is known of its data file, or of the one that was to be moved there. */
  readonly note: SlotNote | undefined;
}

/** Clears up, whatever the step before which the last process ended. */
export async function clearUp(
  slots: readonly Slot[],
  beforeStep: BeforeStep,
): Promise<void> {
  for (const { places, note } of slots) {
    beforeStep("remove what is left of a copy");
    await removeIfThere(places.part);
    if (note !== undefined) await restore(places.moved, note.source);
  }
  const notes = slots.flatMap(({ note }) => note ?? [])
    .sort((a, b) => b.sequence - a.sequence);
  for (const { source, sumPath } of notes) {
    const taken = takenPath(source);
    const found = await identify(taken);
    const isCopied = notes.some(({ size, mtime, dev = 0, ino = 0 }) =>
      sameIfRenamed(found, { size, mtime, dev, ino, ctime: 0 })
    );
    if (isCopied) await removeIfThere(taken);
    else await restore(taken, source);
    if (sumPath !== undefined) await restore(takenPath(sumPath), sumPath);
  }
  await removeStaleSum(slots, notes[0], beforeStep);
}

/** Puts a file back, if it is there. */
async function restore(from: string, to: string): Promise<void> {
  try {
    await putBack(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    logger.warn("cannot put {from} back to {to}: {reason}", {
      from,
      to,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

/** A crash between the moves of a file and its sum leaves the sum behind. */
async function removeStaleSum(
  slots: readonly Slot[],
  newest: SlotNote | undefined,
  beforeStep: BeforeStep,
): Promise<void> {
  if (newest?.sumPath === undefined) return;
  const { source: path, sum, sumPath } = newest;
  const slot = slots.find(({ note }) => note === newest)!;
  if (await identify(slot.places.data) === undefined) return;
  await removeSum({ path, sum, sumPath }, beforeStep).catch(tellLeftover);
}
