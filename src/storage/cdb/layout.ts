/**
 * The layout of constant databases: D. J. Bernstein's
 * (https://cr.yp.to/cdb/cdb.txt), and a variant of it for files beyond 4 GiB.
 *
 * All numbers are little-endian: 4 bytes in the classic form, 8 in the other.
 * `word` is that width.
 *
 * ```text
 * pointers   256 × (position, slots): where each hash table is
 * records    (key length, value length, key, value)…, one behind the other
 * tables     256 × (hash, position of the record)…; position 0: an empty slot
 * ```
 *
 * A key's hash chooses the table by its low 8 bits, and by the others the slot
 * where the search begins; it goes on from slot to slot, behind the last to the
 * first, until an empty one. The hash has 32 bits in both forms. Of records
 * with equal keys, a search finds the one that was written first.
 *
 * The 64-bit form puts two things before the pointers:
 *
 * ```text
 *    0  guard     256 × (0xfffffff8, 1) in numbers of 4 bytes
 * 2048  magic     "goromdb cdb64 1\n"
 * 2064  pointers
 * 6160  records
 * ```
 *
 * To a classic reader the guard is 256 pointers to tables that end at 4 GiB: no
 * file of its own has them, and where it checks a position against the size of
 * the file, it refuses every key. Without a guard, the upper halves of small
 * positions would look like tables without slots, and every key like a miss.
 *
 * Tables begin to fill unevenly at 2^24 slots, so the 64-bit form is good for
 * some 2^31 records.
 *
 * @module
 */

/** How many hash tables there are. */
export const TABLES = 256;

/** The size of the classic form's pointers, and of the guard. */
export const CLASSIC_POINTERS_SIZE: number = TABLES * 8;

/** What the guard repeats. */
export const GUARD: readonly number[] = [0xf8, 0xff, 0xff, 0xff, 1, 0, 0, 0];

/** What stands behind the guard. */
export const MAGIC = "goromdb cdb64 1\n";

/** Offset of the 64-bit form's pointers. */
export const WIDE_POINTERS: number = CLASSIC_POINTERS_SIZE + MAGIC.length;

/** The hash before the first byte of the key. */
const HASH_START = 5381;

/** The hash of the key `bytes[start, end)`. */
export function hash(bytes: Uint8Array, start: number, end: number): number {
  let h = HASH_START;
  for (let i = start; i < end; i++) h = Math.imul(h, 33) ^ bytes[i];
  return h >>> 0;
}

/** A number of 4 bytes. */
export function read32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
    bytes[at + 3] << 24) >>> 0;
}

/**
 * A number of 8 bytes. Above 2^53 it is not exact, and still greater than any
 * file.
 */
export function read64(bytes: Uint8Array, at: number): number {
  return read32(bytes, at) + read32(bytes, at + 4) * 2 ** 32;
}
