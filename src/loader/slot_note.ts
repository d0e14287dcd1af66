/**
 * `slot.json`: what is known of the data file in a slot.
 *
 * @module
 */

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
  /** The device and the number that it had where it was dropped. */
  dev?: number;
  /** See {@linkcode SlotNote.dev}. */
  ino?: number;
  /** Where the data file was dropped. */
  source: string;
  /** Where its sum was dropped, if there was one. */
  sumPath?: string;
}

/** Reads a note; `undefined` if there is none, or none that was finished. */
export async function readNote(path: string): Promise<SlotNote | undefined> {
  try {
    const note: Partial<SlotNote> | null = JSON.parse(
      await Deno.readTextFile(path),
    );
    return Number.isSafeInteger(note?.sequence) &&
        typeof note?.sum === "string"
      ? note as SlotNote
      : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

/** Writes a note, and waits until it is on the disk. */
export async function writeNote(path: string, note: SlotNote): Promise<void> {
  using file = await Deno.open(path, {
    write: true,
    create: true,
    truncate: true,
  });
  const text = JSON.stringify(note, undefined, 2) + "\n";
  await file.write(new TextEncoder().encode(text));
  await file.syncData();
}
