/**
 * The byte table: a read-only hash table in shared memory, made to be searched
 * without creating an object.
 *
 * ```text
 * slots   pairs of 32-bit numbers, a power of two of them, at most 5/8 full
 *         +------+--------+------+--------+--
 *         | hash | offset | hash | offset | …     offset 0: an empty slot
 *         +------+--------+------+--------+--
 *
 * arena   records in the order of the file, each at (offset << shift)
 *         +----------------+------------+--------------+-----+-------+
 *         | [namespace: 4] | key length | value length | key | value |
 *         +----------------+------------+--------------+-----+-------+
 *
 * secret  random 32-bit numbers, which the hash depends on
 * ```
 *
 * Lengths are base-128 numbers, least significant group first, the high bit set
 * on all bytes but the last, so that short keys and values cost two bytes. The
 * namespace is a number (32 bits, little-endian), and is there only in a table
 * with namespaces. `shift` is 0 up to an arena of 4 GiB, and 3 (records at
 * multiples of 8 bytes) beyond it.
 *
 * A record's slot is told by the high bits of its hash; collisions go to the next
 * slot (linear probing), and all bits of the hash are compared before any byte of
 * a key. How the hash is made is told in `hash.ts`.
 *
 * @module
 */

/** Blocks of shared memory and the numbers needed to read them. */
export interface TableMemory {
  /** (hash, offset) pairs of 32-bit numbers. */
  readonly slots: Int32Array<SharedArrayBuffer>;
  /** The records. */
  readonly arena: Uint8Array<SharedArrayBuffer>;
  /** What the hash of this table depends on. */
  readonly secret: Int32Array<SharedArrayBuffer>;
  /** Where the records end in the arena. */
  readonly end: number;
  /** Records are at `offset << shift`. */
  readonly shift: number;
  /** How many records can be found. */
  readonly keys: number;
  /** Whether the arena has records besides, which later ones have replaced. */
  readonly hasReplaced: boolean;
  /** The table that gives a namespace's number for its name. */
  readonly namespaces?: TableMemory;
}

/** Where the first record is: the offset 0 means an empty slot. */
export const FIRST_RECORD = 8;

/** How far to shift a hash to the right, so that a slot's number is left. */
export function slotShift(slots: Int32Array): number {
  return Math.clz32(slots.length / 2 - 1);
}
