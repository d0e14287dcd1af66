/**
 * Copies of keys and values.
 *
 * @module
 */

/** Up to so many bytes, a view for `set` costs more than a loop. */
const SHORT = 128;

/**
 * Copies `from[start, end)`.
 *
 * @returns where the copy ends in `to`.
 */
export function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): number {
  if (end - start > SHORT) {
    to.set(from.subarray(start, end), at);
    return at + end - start;
  }
  while (start < end) to[at++] = from[start++];
  return at;
}
