/**
 * The orders that keys and values can be in. No two of different bytes are
 * equal in any of them.
 *
 * @module
 */

import {
  MDB_INTEGERDUP,
  MDB_INTEGERKEY,
  MDB_REVERSEDUP,
  MDB_REVERSEKEY,
} from "./layout.ts";

/**
 * Compares `a[aStart, aEnd)` with `b[bStart, bEnd)` in the order of a database.
 *
 * @param flags the database's flags.
 * @returns less than 0 if the first is less, 0 if they are equal.
 */
export function compareKeys(
  flags: number,
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const difference = (aEnd - aStart) - (bEnd - bStart);
  if ((flags & (MDB_REVERSEKEY | MDB_INTEGERKEY)) === 0) {
    const end = difference > 0 ? aStart + bEnd - bStart : aEnd;
    while (aStart < end) {
      const order = a[aStart++] - b[bStart++];
      if (order !== 0) return order;
    }
    return difference;
  }
  // Numbers of one database have one size; there, a key of another is in none.
  if ((flags & MDB_REVERSEKEY) === 0 && difference !== 0) return difference;
  const end = difference > 0 ? aEnd - bEnd + bStart : aStart;
  while (aEnd > end) {
    const order = a[--aEnd] - b[--bEnd];
    if (order !== 0) return order;
  }
  return difference;
}

/** The flags of a tree whose keys are the values of this database's keys. */
export function flagsOfValues(flags: number): number {
  // Of two orders, liblmdb takes the reverse one for keys, but not for values.
  if ((flags & MDB_INTEGERDUP) !== 0) return MDB_INTEGERKEY;
  return (flags & MDB_REVERSEDUP) !== 0 ? MDB_REVERSEKEY : 0;
}
