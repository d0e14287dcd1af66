/**
 * `slot.json`: what is known of the data file in a slot.
 *
 * @module
 */

import type { FileStatus } from "../watcher/file_identity.ts";

/** What `slot.json` holds. */
export interface SlotNote {
  /** The number of the load, counted up from 1. */
  sequence: number;
  /** The sum of the data file. */
  sum: string;
  /** The length of the data file, in bytes. */
  size: number;
  /** The data file's time of change, in milliseconds since 1970. */
  mtime: number;
  /**
   * When the system has last changed anything about it, in milliseconds; absent
   * until it is in its place, and in notes of former versions.
   */
  ctime?: number;
  /** The device and the number that it had where it was dropped. */
  dev?: number;
  /** See {@linkcode SlotNote.dev}. */
  ino?: number;
  /** Where the data file was dropped. */
  source: string;
  /** Where its sum was dropped, if there was one. */
  sumPath?: string;
  /**
   * Whether the file that was served before goes when this one is served; absent
   * if it is kept, and in notes of former versions.
   */
  replaces?: boolean;
}

/** Whether a file can be the one that a note is of, by its size and times. */
export function isNoted(
  note: SlotNote,
  { size, mtime, ctime }: FileStatus,
): boolean {
  return note.size === size && note.mtime === mtime &&
    (note.ctime === undefined || note.ctime === ctime);
}

/** Reads a note; `undefined` if there is none, or none that was finished. */
export async function readNote(path: string): Promise<SlotNote | undefined> {
  try {
    const note: Partial<SlotNote> | null = JSON.parse(
      await Deno.readTextFile(path),
    );
    return isNote(note) ? note : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function isNote(note: Partial<SlotNote> | null): note is SlotNote {
  return note !== null && Number.isSafeInteger(note.sequence) &&
    Number.isFinite(note.size) && Number.isFinite(note.mtime) &&
    /^([0-9a-f]{32}|[0-9a-f]{64})$/.test(String(note.sum)) &&
    typeof note.source === "string" &&
    (note.sumPath === undefined || typeof note.sumPath === "string");
}

/** Where a note is while it is being written. */
export function partOf(path: string): string {
  return `${path}.part`;
}

/** Writes a note, or leaves what is there; waits until it is on the disk. */
export async function writeNote(path: string, note: SlotNote): Promise<void> {
  const part = partOf(path);
  {
    using file = await Deno.open(part, {
      write: true,
      create: true,
      truncate: true,
    });
    const text = JSON.stringify(note, undefined, 2) + "\n";
    const bytes = new TextEncoder().encode(text);
    for (let at = 0; at < bytes.length;) {
      at += await file.write(bytes.subarray(at));
    }
    await file.syncData();
  }
  await Deno.rename(part, path);
}
