/**
 * Base64 as memcached reads and writes it (`base64.c`): characters that are
 * not of the alphabet are skipped, what is left must be groups of four, and a
 * group with padding is the last that counts.
 *
 * @module
 */

const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 0x3d;
const SKIPPED = 0x80;

const DIGITS = new Uint8Array(256).fill(SKIPPED);
for (let i = 0; i < 64; i++) DIGITS[ALPHABET.charCodeAt(i)] = i;
DIGITS[PAD] = 0;

/**
 * Decodes `from[start, end)` into the beginning of `to`, which is as long at
 * least.
 *
 * @returns how many bytes that are; 0 if it is not base64.
 */
export function decodeBase64(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
): number {
  let count = 0;
  for (let at = start; at < end; at++) {
    if (DIGITS[from[at]] !== SKIPPED) count++;
  }
  if (count % 4 !== 0) return 0;
  let length = 0, group = 0, digits = 0, pads = 0;
  for (let at = start; at < end; at++) {
    const digit = DIGITS[from[at]];
    if (digit === SKIPPED) continue;
    if (from[at] === PAD) pads++;
    group = group << 6 | digit;
    if (++digits < 4) continue;
    if (pads > 2) return 0;
    to[length++] = group >> 16;
    to[length++] = group >> 8;
    to[length++] = group;
    if (pads > 0) return length - pads;
    group = digits = 0;
  }
  return length;
}

/** The base64 form of `from[start, end)`, with padding. */
export function encodeBase64(
  from: Uint8Array,
  start: number,
  end: number,
): string {
  let text = "";
  for (let at = start; at < end; at += 3) {
    const left = end - at;
    const group = from[at] << 16 | (left > 1 ? from[at + 1] << 8 : 0) |
      (left > 2 ? from[at + 2] : 0);
    text += ALPHABET[group >> 18] + ALPHABET[group >> 12 & 63] +
      (left > 1 ? ALPHABET[group >> 6 & 63] : "=") +
      (left > 2 ? ALPHABET[group & 63] : "=");
  }
  return text;
}
