/**
 * Base64 (RFC 4648, section 4), read strictly.
 *
 * @module
 */

import type { Reply } from "../../reply.ts";

const ALPHABET = new TextEncoder().encode(
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
);
const PAD = 0x3d;
const NO_DIGIT = 0xff;

const DIGITS = new Uint8Array(256).fill(NO_DIGIT);
for (let digit = 0; digit < 64; digit++) DIGITS[ALPHABET[digit]] = digit;

/**
 * Decodes `from[start, end)` to `to`, from `at` on; there is room for as many
 * bytes.
 *
 * @returns where they end; -1 if it is not base64.
 */
export function decodeBase64(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): number {
  if ((end - start) % 4 !== 0) return -1;
  let last = end;
  while (last > start && end - last < 2 && from[last - 1] === PAD) last--;
  let group = 0, bits = 0;
  for (let n = start; n < last; n++) {
    const digit = DIGITS[from[n]];
    if (digit === NO_DIGIT) return -1;
    group = (group << 6 | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) to[at++] = group >> (bits -= 8);
  }
  return at;
}

/** Adds the base64 form of `bytes[start, end)`, with padding. */
export function writeBase64(
  reply: Reply,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  reply.reserve(Math.ceil((end - start) / 3) * 4);
  const to = reply.bytes;
  let at = reply.length;
  for (let n = start; n < end; n += 3) {
    const left = end - n;
    const group = bytes[n] << 16 | (left > 1 ? bytes[n + 1] << 8 : 0) |
      (left > 2 ? bytes[n + 2] : 0);
    to[at++] = ALPHABET[group >> 18];
    to[at++] = ALPHABET[group >> 12 & 63];
    to[at++] = left > 1 ? ALPHABET[group >> 6 & 63] : PAD;
    to[at++] = left > 2 ? ALPHABET[group & 63] : PAD;
  }
  reply.length = at;
}
