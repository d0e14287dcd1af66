/**
 * The two sums of the format: the hash of a key, and the checksum of a page.
 *
 * @module
 */

/**
 * The hash of the key `bytes[start, end)`: libdb's default function since
 * version 3, 32-bit FNV-1 from 0.
 */
export function hashKey(bytes: Uint8Array, start: number, end: number): number {
  let h = 0;
  while (start < end) h = Math.imul(h, 0x01000193) ^ bytes[start++];
  return h >>> 0;
}

/**
 * The checksum of `bytes[start, end)`: times 33, plus the next byte.
 *
 * @param at where the checksum itself stands: its four bytes count as 0.
 */
export function checksum(
  bytes: Uint8Array,
  start: number,
  end: number,
  at: number,
): number {
  let h = 0;
  for (let i = start; i < at; i++) h = (Math.imul(h, 33) + bytes[i]) | 0;
  h = Math.imul(h, 33 ** 4);
  for (let i = at + 4; i < end; i++) h = (Math.imul(h, 33) + bytes[i]) | 0;
  return h >>> 0;
}
