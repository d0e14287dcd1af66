/**
 * The order of keys.
 *
 * @module
 */

/**
 * Compares `a[aStart, aEnd)` with `b[bStart, bEnd)`, byte by byte.
 *
 * @returns less than 0 if the first is less, 0 if they are equal. The shorter of
 * two is the lesser if all its bytes are equal.
 */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const difference = (aEnd - aStart) - (bEnd - bStart);
  const end = difference > 0 ? aStart + bEnd - bStart : aEnd;
  while (aStart < end) {
    const order = a[aStart++] - b[bStart++];
    if (order !== 0) return order;
  }
  return difference;
}

/** Whether `a` at `aStart` and `b` at `bStart` have the same `size` bytes. */
export function hasPrefix(
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
