/**
 * Inline commands: what people type into a terminal. Arguments are parted by
 * white space; quotes are as in Redis (`sds.c`, `sdssplitargs`).
 *
 * ```text
 * "…"   \xHH, \n, \r, \t, \b, \a; any other character behind \ is itself
 * '…'   \' is a quote
 * ```
 *
 * @module
 */

import { Parsed, type Request } from "./request.ts";

const DOUBLE = 0x22, SINGLE = 0x27, BACKSLASH = 0x5c, LOWER_X = 0x78;

const ESCAPES: ReadonlyMap<number, number> = new Map(
  [["n", 10], ["r", 13], ["t", 9], ["b", 8], ["a", 7]].map(
    ([letter, byte]) => [String(letter).charCodeAt(0), Number(byte)],
  ),
);

/**
 * Puts the arguments of the line `bytes[start, end)` into a request.
 *
 * @param out where the arguments go; it is as long as the line.
 * @returns `Bad` if quotes are not balanced.
 */
export function splitInline(
  bytes: Uint8Array,
  start: number,
  end: number,
  request: Request,
  out: Uint8Array,
): Parsed {
  const line = bytes.subarray(start, end);
  let length = 0;
  for (let at = 0;;) {
    while (isSpace(line[at])) at++;
    if (at >= line.length) return Parsed.Whole;
    const begin = length;
    let quote = 0;
    for (;; at++) {
      const byte = line[at];
      if (at >= line.length) {
        if (quote !== 0) return Parsed.Bad;
        break;
      }
      if (quote === DOUBLE && byte === BACKSLASH && at + 1 < line.length) {
        const hex = hexByte(line, at + 1);
        if (hex >= 0) {
          out[length++] = hex;
          at += 3;
        } else {
          const next = line[++at];
          out[length++] = ESCAPES.get(next) ?? next;
        }
      } else if (
        quote === SINGLE && byte === BACKSLASH && line[at + 1] === SINGLE
      ) {
        out[length++] = SINGLE;
        at++;
      } else if (quote !== 0 && byte === quote) {
        // A closing quote ends the argument.
        if (at + 1 < line.length && !isSpace(line[at + 1])) return Parsed.Bad;
        quote = 0;
        at++;
        break;
      } else if (quote === 0 && (byte === DOUBLE || byte === SINGLE)) {
        quote = byte;
      } else if (quote === 0 && isSpace(byte)) break;
      else out[length++] = byte;
    }
    if (!request.add(begin, length)) return Parsed.NoMemory;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte >= 0x09 && byte <= 0x0d;
}

/** The byte of `xHH`, or -1. */
function hexByte(line: Uint8Array, at: number): number {
  if (line[at] !== LOWER_X) return -1;
  const digits = String.fromCharCode(line[at + 1] ?? 0, line[at + 2] ?? 0);
  return /^[0-9a-fA-F]{2}$/.test(digits) ? parseInt(digits, 16) : -1;
}
