/**
 * Unpacks Zstandard (RFC 8878).
 *
 * @module
 */

import { Decompress } from "fzstd";
import { PackedDataError } from "./error.ts";
import type { Pieces } from "./pieces.ts";

/** What every frame begins with. */
export const ZSTD_MAGIC = [0x28, 0xb5, 0x2f, 0xfd] as const;

/**
 * Unpacks all frames.
 *
 * @throws {PackedDataError} if the data are damaged or cut short.
 */
export async function* unzstd(compressed: Pieces): Pieces {
  let ready: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => {
    ready.push(chunk);
  });
  const push = (piece: Uint8Array, last: boolean) => {
    try {
      decompress.push(piece, last);
    } catch (error) {
      throw new PackedDataError(`damaged zstd data: ${error}`);
    }
  };
  for await (const piece of compressed) {
    push(piece.slice(), false); // it keeps what it cannot use yet
    yield* ready;
    ready = [];
  }
  push(new Uint8Array(0), true);
  yield* ready;
}
