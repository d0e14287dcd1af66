/**
 * Escapes in the strings of JSON (RFC 8259, section 7).
 *
 * @module
 */

const BACKSLASH = 0x5c, ZERO = 0x30, NINE = 0x39;

/** What follows a backslash, and what it stands for. */
const SHORT_ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x22, 0x22],
  [0x5c, 0x5c],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

/**
 * Writes the characters of the string `bytes[start, end)` (without its quotes)
 * to `to`, escapes resolved; half a surrogate pair becomes U+FFFD.
 *
 * @param to has room for `end - start` bytes: escapes only ever get shorter.
 * @returns how many bytes were written.
 */
export function unescape(
  bytes: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
): number {
  let out = 0;
  for (let at = start; at < end;) {
    const byte = bytes[at];
    if (byte !== BACKSLASH) {
      to[out++] = byte;
      at++;
      continue;
    }
    const letter = bytes[at + 1];
    if (letter !== 0x75) {
      to[out++] = SHORT_ESCAPES.get(letter)!;
      at += 2;
      continue;
    }
    let code = hex4(bytes, at + 2);
    at += 6;
    if (code >= 0xd800 && code < 0xe000) {
      const low = code < 0xdc00 && at + 6 <= end &&
          bytes[at] === BACKSLASH && bytes[at + 1] === 0x75
        ? hex4(bytes, at + 2)
        : 0;
      if (low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        at += 6;
      } else code = 0xfffd;
    }
    if (code < 0x80) to[out++] = code;
    else if (code < 0x800) {
      to[out++] = 0xc0 | code >> 6;
      to[out++] = 0x80 | code & 0x3f;
    } else if (code < 0x10000) {
      to[out++] = 0xe0 | code >> 12;
      to[out++] = 0x80 | code >> 6 & 0x3f;
      to[out++] = 0x80 | code & 0x3f;
    } else {
      to[out++] = 0xf0 | code >> 18;
      to[out++] = 0x80 | code >> 12 & 0x3f;
      to[out++] = 0x80 | code >> 6 & 0x3f;
      to[out++] = 0x80 | code & 0x3f;
    }
  }
  return out;
}

function hex4(bytes: Uint8Array, at: number): number {
  let code = 0;
  for (let i = at; i < at + 4; i++) {
    const byte = bytes[i];
    code = code << 4 | (byte <= NINE ? byte - ZERO : (byte | 0x20) - 87);
  }
  return code;
}
