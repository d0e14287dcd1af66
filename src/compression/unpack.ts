/**
 * Unpacks what comes packed, as gzip or zstd.
 *
 * @module
 */

import { gunzip, GZIP_MAGIC } from "./gzip.ts";
import { limited, type UnpackLimit } from "./limit.ts";
import type { Pieces } from "./pieces.ts";
import { unzstd, ZSTD_MAGIC } from "./zstd/zstd.ts";

/** How an input is packed. */
export type Packing = "gzip" | "zstd";

/** How an input is unpacked. */
export interface Unpacking {
  /** How much it may unpack to. */
  readonly limit: UnpackLimit;
  /** Is told what is odd about it, and does not matter. */
  readonly onWarning: (warning: string) => void;
}

/** How an input is packed that begins with these bytes, if it is. */
export function packingOf(head: Uint8Array): Packing | undefined {
  if (beginsWith(head, GZIP_MAGIC)) return "gzip";
  if (beginsWith(head, ZSTD_MAGIC)) return "zstd";
  return undefined;
}

/**
 * The unpacked pieces of a packed input.
 *
 * @throws {PackedDataError} if it is damaged, cut short, or more than it may be.
 */
export function unpack(
  packing: Packing,
  pieces: Pieces,
  { limit, onWarning }: Unpacking,
): Pieces {
  const onGarbage = () =>
    onWarning(`trailing garbage behind the ${packing} data is ignored`);
  const unpacked = packing === "gzip"
    ? gunzip(pieces, onGarbage)
    : unzstd(pieces);
  return limited(unpacked, limit);
}

function beginsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}
