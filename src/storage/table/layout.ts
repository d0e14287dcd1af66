/**
 * The byte table: a read-only hash table in two blocks of shared memory, made
 * to be searched without creating an object.
 *
 * ```text
 * slots   pairs of 32-bit numbers, a power of two of them, at most 5/8 full
 *         +------+--------+------+--------+--
 *         | hash | offset | hash | offset | …     offset 0: an empty slot
 *         +------+--------+------+--------+--
 *
 * arena   records, each at (offset << shift)
 *         +----------------+------------+--------------+-----+-------+
 *         | [namespace: 4] | key length | value length | key | value |
 *         +----------------+------------+--------------+-----+-------+
 * ```
 *
 * Lengths are base-128 numbers, least significant group first, the high bit set
 * on all bytes but the last, so that short keys and values cost two bytes. The
 * namespace is a number (32 bits, little-endian), and is there only in a table
 * with namespaces. `shift` is 0 up to an arena of 4 GiB, and 3 (records at
 * multiples of 8 bytes) beyond it.
 *
 * Collisions go to the next slot (linear probing). The hash is 32-bit FNV-1a,
 * folded once because the low bits choose the slot.
 *
 * @module
 */

/** Two blocks of shared memory and the numbers needed to read them. */
export interface TableMemory {
  /** (hash, offset) pairs of 32-bit numbers. */
  readonly slots: Int32Array<SharedArrayBuffer>;
  /** The records. */
  readonly arena: Uint8Array<SharedArrayBuffer>;
  /** Records are at `offset << shift`. */
  readonly shift: number;
  /** How many records can be found. */
  readonly keys: number;
  /** The table that gives a namespace's number for its name. */
  readonly namespaces?: TableMemory;
}

/** The state of the hash before the first byte: FNV's 32-bit offset basis. */
export const HASH_START = 0x811c9dc5 | 0;

/** FNV's 32-bit prime. */
const PRIME = 0x01000193;

/**
 * The hash of `bytes[start, end)`, as a signed 32-bit number.
 *
 * @param seed tells apart equal keys of different namespaces.
 */
export function hash(
  bytes: Uint8Array,
  start: number,
  end: number,
  seed: number,
): number {
  let h = HASH_START ^ Math.imul(seed, 0x9e3779b1);
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i], PRIME);
  return h ^ (h >>> 15);
}
