/**
 * Command lines, found and taken apart as memcached does it
 * (`try_read_command_ascii` and `tokenize_command` in its `proto_text.c`, the
 * numbers in its `util.c`).
 *
 * @module
 */

/** The longest key, in bytes. */
export const KEY_LIMIT = 250;

/** memcached looks at no more words of a command than these. */
const MOST_WORDS = 23;

/** A line without an end that is longer than this must be a multi-get. */
const LINE_LIMIT = 2048;

/**
 * memcached reads into so many bytes at a time: what does not fit, and is no
 * multi-get, ends the connection.
 */
export const READ_BUFFER: number = 16 * 1024;

/** And a multi-get must end some time, too. */
const GET_LINE_LIMIT = 1024 * 1024;

/** What is said when there is no memory to hold the line in. */
export const OUT_OF_MEMORY = "SERVER_ERROR out of memory reading request\r\n";

/** So many spaces before a long multi-get are forgiven. */
const INDENT_LIMIT = 100;

const SPACE = 0x20, NUL = 0x00, CR = 0x0d, LF = 0x0a;
const G = 0x67, E = 0x65, T = 0x74, S = 0x73;

/**
 * Where the line that begins at `start` ends, or -1.
 *
 * Most lines are short, and a loop finds their end faster than a call does. A
 * call on the whole buffer for a long line finds what is there before it could
 * run into the stale bytes behind `end`, unless the line is not whole.
 *
 * @param from where to begin: what is before has been searched.
 */
export function lineEnd(
  bytes: Uint8Array,
  start: number,
  from: number,
  end: number,
): number {
  const near = Math.min(end, from + 64);
  for (let at = from; at < near; at++) if (bytes[at] === LF) return at;
  if (near === end) return -1;
  const at = end - start > LINE_LIMIT
    ? bytes.subarray(0, end).indexOf(LF, near)
    : bytes.indexOf(LF, near);
  return at < end ? at : -1;
}

/**
 * Whether `bytes[start, end)` is longer than a line can be: what has no end yet,
 * or more than is read at a time.
 */
export function isEndless(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (end - start <= LINE_LIMIT) return false;
  if (end - start > GET_LINE_LIMIT) return true;
  let at = start;
  while (bytes[at] === SPACE) at++;
  if (at - start > INDENT_LIMIT) return true;
  const isGet = bytes[at] === G && bytes[at + 1] === E && bytes[at + 2] === T;
  if (bytes[at + 3] === S) at++;
  return !isGet || bytes[at + 3] !== SPACE;
}

/**
 * Where the text of the line `bytes[start, lf)` ends: one CR before the LF
 * does not belong to it.
 */
export function textEnd(bytes: Uint8Array, start: number, lf: number): number {
  return lf - start > 1 && bytes[lf - 1] === CR ? lf - 1 : lf;
}

/**
 * The words of a line, a character a byte. Only spaces part them, and a NUL ends
 * the line like a C string.
 */
export function words(bytes: Uint8Array, start: number, end: number): string[] {
  const nul = bytes.subarray(start, end).indexOf(NUL);
  if (nul !== -1) end = start + nul;
  const found: string[] = [];
  for (let at = start; at < end && found.length < MOST_WORDS;) {
    let word = "";
    while (at < end && bytes[at] !== SPACE) {
      word += String.fromCharCode(bytes[at++]);
    }
    if (word !== "") found.push(word);
    at++;
  }
  return found;
}

/** More digits than 20 are no number of 64 bits, whatever they are. */
const NUMBER = /^[ \t\n\v\f\r]*([+-]?)0*(\d{1,20})(?:[ \t\n\v\f\r]|$)/;

/** A whole number as C's `strtol` reads it, or `undefined`. */
function whole(word: string, low: bigint, high: bigint): bigint | undefined {
  const match = NUMBER.exec(word);
  if (match === null) return undefined;
  const value = BigInt(match[2]) * (match[1] === "-" ? -1n : 1n);
  return value >= low && value <= high ? value : undefined;
}

/** A signed number of 64 bits of which memcached keeps the low 32. */
export function int32(word: string): number | undefined {
  const value = whole(word, -(2n ** 63n), 2n ** 63n - 1n);
  return value === undefined ? undefined : Number(BigInt.asIntN(32, value));
}

/**
 * An unsigned number of 64 bits. A negative one passes where it wraps around to
 * less than 2^63, as in C.
 */
export function uint64(word: string): bigint | undefined {
  const value = whole(word, -(2n ** 64n - 1n), 2n ** 64n - 1n);
  if (value === undefined) return undefined;
  const wrapped = BigInt.asUintN(64, value);
  return wrapped >= 2n ** 63n && word.includes("-") ? undefined : wrapped;
}
