/**
 * The text of a JSON file, read in pieces: plain or packed, of any length.
 *
 * @module
 */

import { PackedDataError } from "../../compression/error.ts";
import type { Pieces } from "../../compression/pieces.ts";
import { packingOf, unpack } from "../../compression/unpack.ts";
import { DataFileError, type OpenOptions } from "../storage.ts";

const CHUNK = 1024 * 1024;

/** Unpacked, a file that becomes a table in memory has so many bytes at most. */
const MOST_UNPACKED_BYTES = 16 * 2 ** 30;

/**
 * Reads the file at `path`.
 *
 * @param options say whether it must be gzip'd, or must not; otherwise its first
 * bytes tell how it is packed.
 * @param onWarning is told what is odd about it, and does not matter.
 * @throws {DataFileError} if it is not gzip'd but must be, is damaged or cut
 * short, or unpacks to more than it may.
 */
export async function* readText(
  path: string,
  { gzipped, maxUnpacked }: OpenOptions,
  onWarning: (warning: string) => void,
): Pieces {
  using file = await Deno.open(path);
  const head = new Uint8Array(4);
  await file.read(head);
  const packing = gzipped === false ? undefined : packingOf(head);
  if (gzipped && packing !== "gzip") {
    throw new DataFileError(
      path,
      "not a gzip file (it does not begin with 1f 8b); for plain JSON leave out -gzipped",
    );
  }
  await file.seek(0, Deno.SeekMode.Start);
  if (packing === undefined) return yield* chunks(file);
  const { size } = await file.stat();
  const limit = {
    said: maxUnpacked,
    packedBytes: () => size,
    most: MOST_UNPACKED_BYTES,
  };
  try {
    yield* unpack(packing, chunks(file), { limit, onWarning });
  } catch (error) {
    if (!(error instanceof PackedDataError)) throw error;
    throw new DataFileError(path, error.message);
  }
}

async function* chunks(file: Deno.FsFile): Pieces {
  const chunk = new Uint8Array(CHUNK);
  for (let n; (n = await file.read(chunk)) !== null;) {
    yield chunk.subarray(0, n);
  }
}
