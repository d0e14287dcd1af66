/**
 * How much an input may unpack to. A few kilobytes of gzip can be gigabytes when
 * they are unpacked, and nothing tells beforehand.
 *
 * @module
 */

import type { Pieces } from "./pieces.ts";
import { PackedDataError } from "./error.ts";

/** If nothing is said, an input may unpack to so many times its size, … */
const RATIO = 64;

/** … and to so many bytes in any case: small files of few words pack well. */
const LEAST_BYTES = 64 * 2 ** 20;

/** How much an input may unpack to. */
export interface UnpackLimit {
  /** What the user says, in bytes. */
  readonly said?: number;
  /** The size of the input as it is; what has come so far, where none is known. */
  readonly packedBytes: () => number;
  /** The most if nothing is said, in bytes. */
  readonly most?: number;
}

/**
 * Gives the pieces, up to the limit.
 *
 * @throws {PackedDataError} with the first piece beyond it.
 */
export async function* limited(pieces: Pieces, limit: UnpackLimit): Pieces {
  let bytes = 0;
  for await (const piece of pieces) {
    bytes += piece.length;
    const most = limit.said ?? standardLimit(limit);
    if (bytes > most) {
      throw new PackedDataError(
        limit.said === undefined
          ? `it unpacks to more than ${most} bytes, from ${limit.packedBytes()}; if it is to, say -max-unpacked SIZE`
          : `it unpacks to more than ${most} bytes, which is what -max-unpacked says`,
      );
    }
    yield piece;
  }
}

function standardLimit({ packedBytes, most = Infinity }: UnpackLimit): number {
  return Math.min(most, Math.max(LEAST_BYTES, RATIO * packedBytes()));
}
