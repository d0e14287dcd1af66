/**
 * The data files in a slot, with their notes.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { sumInBackground } from "../watcher/background_sum.ts";
import { identify } from "../watcher/file_identity.ts";
import { algorithmOf } from "../watcher/sum.ts";
import type { LoadedFile } from "./loader.ts";
import { isNoted, readNote, type SlotNote } from "./slot_note.ts";
import type { SlotPaths } from "./slot_paths.ts";

const logger = getLogger(["goromdb", "loader"]);

/** A file with its note. */
export interface NotedFile {
  /** The file. */
  readonly file: LoadedFile;
  /** What is known of it; made up where nothing is. */
  readonly note: SlotNote;
}

/** All of them, the latest load first. Changes nothing. */
export async function notedFiles(
  slots: readonly SlotPaths[],
): Promise<NotedFile[]> {
  const found: (NotedFile | undefined)[] = [];
  for (const slot of slots) {
    found.push(await nextFile(slot), await dataFile(slot));
  }
  return found.filter((one) => one !== undefined).sort((a, b) =>
    b.note.sequence - a.note.sequence || b.note.mtime - a.note.mtime
  );
}

/** The file that is served from a slot, or was. */
export async function dataFile(
  slot: SlotPaths,
): Promise<NotedFile | undefined> {
  const status = await identify(slot.data);
  if (!status?.isFile) return undefined;
  const { size, mtime } = status;
  const note = await readNote(slot.note);
  if (note !== undefined && isNoted(note, status)) return noted(slot, note);
  // A copy from a backup has other times, and is the same file all the same.
  const sum = await sumInBackground(
    slot.data,
    note === undefined ? "md5" : algorithmOf(note.sum),
    status,
    new AbortController().signal,
  );
  if (note?.sum === sum) return noted(slot, note);
  if (note !== undefined) {
    logger.warn(
      "{path} is not the file that was loaded (its sum is {sum}, and was {was}): it is served only if no other file is there",
      { path: slot.data, sum, was: note.sum },
    );
  }
  return noted(slot, { sequence: 0, sum, size, mtime, source: slot.data });
}

/** The file that was about to be served from a slot when the server ended. */
async function nextFile(slot: SlotPaths): Promise<NotedFile | undefined> {
  const status = await identify(slot.next);
  const note = await readNote(slot.nextNote);
  if (!status?.isFile || note === undefined || !isNoted(note, status)) return;
  const { file } = noted(slot, note);
  return { file: { ...file, path: slot.next, destination: slot.data }, note };
}

function noted({ data }: SlotPaths, note: SlotNote): NotedFile {
  const { sum, size } = note;
  return { file: { path: data, sum, size }, note };
}
