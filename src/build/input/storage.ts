/**
 * Another storage's file as an input.
 *
 * @module
 */

import { createStorage } from "../../storage/registry.ts";
import { DataFileError, type OpenOptions } from "../../storage/storage.ts";
import type { InputSink } from "../input_sink.ts";
import { BuildError, recordError } from "../error.ts";
import type { Duplicates } from "../sort/unique.ts";

/** So many records are read before others have a turn. */
const TURN = 16_384;

/** What of several records with one key a look-up in a data file gives. */
const FIRST_IS_FOUND =
  "whose key comes again (the first is kept, as a get has it)";

/**
 * Reads the records of a file.
 *
 * @param duplicates what to do about a key that comes again; if nobody has said,
 * the record is taken that a look-up in the file gives, and others are counted.
 * @param onRead is told how many bytes of records were read.
 * @throws {BuildError} if it is not a file of the format, or is damaged.
 * @throws {Deno.errors.NotFound} and its like if it cannot be read.
 */
export async function readStorage(
  path: string,
  format: string,
  options: OpenOptions,
  sink: InputSink,
  onRead: (bytes: number) => void,
  duplicates?: Duplicates,
): Promise<void> {
  const storage = createStorage(format);
  try {
    const data = await storage.open(path, { ...options, scan: true });
    const snapshot = storage.attach(data);
    try {
      const all = snapshot.allEntries?.();
      let count = 0;
      const chosen = duplicates === undefined ? undefined : all;
      for (
        const { namespace, key, value } of chosen ?? snapshot.entries()
      ) {
        if (namespace !== undefined) sink.begin(namespace);
        else if (options.namespaced) {
          throw recordError(
            key,
            "the file does not tell its namespace; without -handler namespaced keys stay as they are",
          );
        }
        sink.add(key, 0, key.length, value, 0, value.length);
        onRead(key.length + value.length);
        if (++count % TURN === 0) await turn();
      }
      if (all !== undefined && chosen === undefined) {
        let left = -count;
        for (const _ of all) if (++left % TURN === 0) await turn();
        if (left > 0) sink.leaveOut(FIRST_IS_FOUND, left);
      }
      const nulls = snapshot.countNull?.() ?? 0;
      if (nulls > 0) sink.leaveOut("whose key or value is NULL", nulls);
    } finally {
      snapshot.close?.();
      storage.close(data);
    }
  } catch (error) {
    if (error instanceof DataFileError) {
      // The same flags have other names here.
      throw new BuildError(
        error.message.replaceAll(" -bucket", " -from-bucket")
          .replace("say -storage ", "say -from "),
      );
    }
    throw error;
  }
}

/** Lets timers and signals have their turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
