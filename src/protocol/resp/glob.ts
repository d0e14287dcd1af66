/**
 * Patterns, as `KEYS` and `MATCH` have them (`util.c`, `stringmatchlen`).
 *
 * ```text
 * *  any bytes   ?  one byte   [abc] [a-z] [^a]  one of some   \  the next, itself
 * ```
 *
 * A pattern is taken apart once. What is then done with each text is in
 * proportion to the lengths of both at the worst, and can be done in parts.
 *
 * @module
 */

import type { Reply } from "../reply.ts";
import { failure } from "./encode.ts";
import type { Request } from "./request.ts";

const STAR = 0x2a, ANY = 0x3f, OPEN = 0x5b, CLOSE = 0x5d, ESCAPE = 0x5c;
const NOT = 0x5e, TO = 0x2d, UPPER_A = 0x41, UPPER_Z = 0x5a;

/** The longest pattern, in bytes. */
const PATTERN_LIMIT = 65_536;

/** What taking a byte of a pattern apart costs, in units of work. */
const PATTERN_BYTE_WORK = 12;

/** What {@linkcode Pattern.match} costs at most, in units of work. */
export const MATCH_WORK = 250;

/** Redis tries no more stars than these, and finds no match then. */
const STARS_LIMIT = 1000;

/** A bitmap has a bit for each byte, in so many words. */
const WORDS = 8;

/** Numbers from here on are those of bitmaps; below it, of bytes. */
const FIRST_BITMAP = 256;

/** The first bitmap, which has all bytes. */
const ANY_BYTE = FIRST_BITMAP;

/** Stands for a star. */
const ANY_BYTES = -1;

/** So many bytes of a text are compared at a time. */
const STEPS = 64;

/**
 * A pattern that was taken apart, and how far it has come with one text.
 *
 * @example
 * ```ts ignore
 * new Pattern(new TextEncoder().encode("user:*")).matches(key);
 * ```
 */
export class Pattern {
  /** For each part what it stands for: a byte, a bitmap, or any bytes. */
  readonly #parts: Int32Array;
  readonly #bitmaps: Uint32Array;
  /** How many bytes a text has at least; exactly, without a star. */
  readonly #least: number;
  /** The part behind the last star; 0 without a star. */
  readonly #last: number;
  /** Whether it is one star, which alone matches what is empty. */
  readonly #all: boolean;
  /** Whether no text matches, because it has too many stars. */
  readonly #never: boolean;
  #text: Uint8Array = new Uint8Array(0);
  #part = 0;
  #at = 0;
  /** Where to go on when it fails: behind the last star, a byte further. */
  #star = -1;
  #from = 0;

  /** Takes a pattern apart. */
  constructor(pattern: Uint8Array) {
    const parts = new Int32Array(pattern.length);
    const bitmaps = new Uint32Array(WORDS * (1 + opens(pattern)));
    bitmaps.fill(~0, 0, WORDS);
    let count = 0, stars = 0, last = 0, classes = 1;
    for (let p = 0; p < pattern.length;) {
      switch (pattern[p]) {
        case STAR:
          while (pattern[p] === STAR) p++;
          parts[count++] = ANY_BYTES;
          last = count;
          stars++;
          break;
        case ANY:
          parts[count++] = ANY_BYTE;
          p++;
          break;
        case OPEN:
          parts[count++] = FIRST_BITMAP + classes;
          p = readClass(pattern, p + 1, bitmaps, WORDS * classes++);
          break;
        case ESCAPE:
          if (p + 1 < pattern.length) p++;
          parts[count++] = pattern[p++];
          break;
        default:
          parts[count++] = pattern[p++];
      }
    }
    this.#parts = parts.subarray(0, count);
    this.#bitmaps = bitmaps;
    this.#least = count - stars;
    this.#last = last;
    this.#all = pattern.length === 1 && stars === 1;
    // A star at the end matches the rest, whatever it is.
    this.#never = stars - (last > 0 && last === count ? 1 : 0) > STARS_LIMIT;
  }

  /** Whether a text matches the whole pattern. */
  matches(text: Uint8Array): boolean {
    let matches = this.begin(text);
    while (matches === undefined) matches = this.match();
    return matches;
  }

  /** Begins with a text; see {@linkcode match}. */
  begin(text: Uint8Array): boolean | undefined {
    if (this.#all) return true;
    const { length } = text;
    if (length < this.#least || this.#never) return false;
    if (length === 0) return this.#parts.length === 0;
    if (length > this.#least && this.#last === 0) return false;
    this.#text = text;
    this.#part = this.#at = this.#from = 0;
    this.#star = -1;
    return this.match();
  }

  /** Goes on for a while; `undefined`: it is not decided yet. */
  match(): boolean | undefined {
    const parts = this.#parts;
    const text = this.#text;
    let part = this.#part, at = this.#at;
    for (let step = 0; step < STEPS; step++) {
      if (part === parts.length) {
        if (at === text.length) return true;
      } else if (parts[part] === ANY_BYTES) {
        this.#star = ++part;
        if (part === this.#last) {
          // What is behind the last star matches at the end or not at all.
          const end = text.length - (parts.length - part);
          if (end < at) return false;
          at = end;
          this.#star = -1;
        }
        this.#from = at;
        continue;
      } else if (at < text.length && this.#stands(parts[part], text[at])) {
        part++;
        at++;
        continue;
      }
      if (this.#star < 0 || at >= text.length) return false;
      part = this.#star;
      at = ++this.#from;
    }
    this.#part = part;
    this.#at = at;
    return undefined;
  }

  /** Whether a part that is no star stands for a byte. */
  #stands(part: number, byte: number): boolean {
    if (part < FIRST_BITMAP) return part === byte;
    const word = (part - FIRST_BITMAP) * WORDS + (byte >>> 5);
    return (this.#bitmaps[word] >>> (byte & 31) & 1) === 1;
  }
}

/**
 * Reads an argument as a pattern; says so if it is too long for one.
 *
 * @param lower whether it is made one of lower case.
 */
export function readPattern(
  request: Request,
  n: number,
  reply: Reply,
  lower = false,
): Pattern | undefined {
  const length = request.end(n) - request.start(n);
  if (length > PATTERN_LIMIT) {
    failure(reply, `ERR pattern is longer than ${PATTERN_LIMIT} bytes`);
    return undefined;
  }
  reply.work += PATTERN_BYTE_WORK * length;
  const bytes = request.copy(n);
  if (lower) {
    for (let at = 0; at < length; at++) {
      if (bytes[at] >= UPPER_A && bytes[at] <= UPPER_Z) bytes[at] |= 0x20;
    }
  }
  return new Pattern(bytes);
}

/** How many classes there are at most. */
function opens(pattern: Uint8Array): number {
  let count = 0;
  for (const byte of pattern) if (byte === OPEN) count++;
  return count;
}

/**
 * Reads the class whose first byte is `pattern[p]` into the bitmap that begins
 * at a word.
 *
 * @returns where the pattern goes on.
 */
function readClass(
  pattern: Uint8Array,
  p: number,
  bitmaps: Uint32Array,
  word: number,
): number {
  const { length } = pattern;
  const not = pattern[p] === NOT;
  if (not) p++;
  for (; p < length; p++) {
    if (pattern[p] === ESCAPE && p + 1 < length) {
      p++;
      fill(bitmaps, word, pattern[p], pattern[p]);
    } else if (pattern[p] === CLOSE) {
      p++;
      break;
    } else if (p + 2 < length && pattern[p + 1] === TO) {
      fillRange(bitmaps, word, pattern[p], pattern[p + 2]);
      p += 2;
    } else fill(bitmaps, word, pattern[p], pattern[p]);
  }
  if (not) { for (let n = 0; n < WORDS; n++) bitmaps[word + n] ^= ~0; }
  return p;
}

/** To Redis a byte is a `char`, which is signed: 0x80 is the least. */
function fillRange(
  bitmaps: Uint32Array,
  word: number,
  one: number,
  other: number,
): void {
  const low = (one ^ 0x80) < (other ^ 0x80) ? one : other;
  const high = low === one ? other : one;
  if (low <= high) return fill(bitmaps, word, low, high);
  fill(bitmaps, word, low, 0xff);
  fill(bitmaps, word, 0, high);
}

/** Sets the bits of the bytes from `low` to `high`. */
function fill(
  bitmaps: Uint32Array,
  word: number,
  low: number,
  high: number,
): void {
  for (let n = low >>> 5; n <= high >>> 5; n++) {
    const first = n === low >>> 5 ? low & 31 : 0;
    const last = n === high >>> 5 ? high & 31 : 31;
    bitmaps[word + n] |= ~0 << first & ~0 >>> (31 - last);
  }
}
