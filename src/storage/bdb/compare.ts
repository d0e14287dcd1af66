/**
 * Comparing bytes.
 *
 * @module
 */

import type { Value } from "../storage.ts";

/** Whether `a` at `aStart` and `b` at `bStart` have the same `size` bytes. */
export function startsWith(
  a: Uint8Array,
  aStart: number,
  b: Uint8Array,
  bStart: number,
  size: number,
): boolean {
  let i = 0;
  while (i < size && a[aStart + i] === b[bStart + i]) i++;
  return i === size;
}

/**
 * Compares two runs of bytes.
 *
 * @returns less than 0 if the first is less, 0 if they are equal. The shorter of
 * two is the lesser if all its bytes are equal.
 */
export function compareValues(a: Value, b: Value): number {
  const aSize = a.end - a.start, bSize = b.end - b.start;
  for (let i = 0; i < aSize && i < bSize; i++) {
    const order = a.bytes[a.start + i] - b.bytes[b.start + i];
    if (order !== 0) return order;
  }
  return aSize - bSize;
}
