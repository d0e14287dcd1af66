/**
 * The head of a request, taken apart in place (RFC 9112, sections 2 to 5).
 *
 * ```text
 * METHOD TARGET HTTP/1.1\r\n
 * Name: value\r\n …
 * \r\n
 * ```
 *
 * It is read strictly: two servers that read a doubtful head in two ways can be
 * played off against each other. So a line ends with CR LF and nothing else, no
 * space stands before a colon, and no line is continued on the next.
 *
 * A head that is not whole yet is taken up again at the line where it ended.
 *
 * @module
 */

import { KINDS, TARGET, TOKEN, VALUE } from "./characters.ts";
import { type Field, fieldOf, FIELDS } from "./field_names.ts";
import { Method, methodOf } from "./method.ts";

/** The longest head, in bytes; a longer key can be asked for in a batch. */
export const LONGEST_HEAD: number = 16 * 1024;

const CR = 0x0d, LF = 0x0a, SPACE = 0x20, TAB = 0x09, COLON = 0x3a;
const SLASH = 0x2f, DOT = 0x2e, ZERO = 0x30;

/** What has become of a head. */
export enum Parsed {
  /** It is whole. */
  Whole,
  /** More bytes are needed. */
  Part,
  /** It is none; {@linkcode RequestHead.status} and `problem` say why. */
  Bad,
}

/** A line of which more bytes are needed. */
const PART = -1;
/** A line that is wrong. */
const BAD = -2;

/** One head: where its parts are. */
export class RequestHead {
  /** What is to be done. */
  method: Method = Method.Other;
  /** The minor version: 0 of HTTP/1.0, 1 of HTTP/1.1. */
  minor = 1;
  /** Holds the head. */
  bytes: Uint8Array = new Uint8Array(0);
  /** How many bytes of the head have been read, from its beginning. */
  length = 0;
  /** The status that tells what is wrong. */
  status = 0;
  /** What is wrong. */
  problem = "";
  /** A bit for each field that is there. */
  #present = 0;
  /** A bit for each field that is there more than once. */
  #repeated = 0;
  /** Where the values begin and end, from `#base`. */
  readonly #spans = new Int32Array(2 * FIELDS);
  /** The further values of fields that are repeated: field, begin, end. */
  #more: number[] = [];
  #base = 0;
  #targetStart = 0;
  #targetEnd = 0;
  /** Whether the request line has been read. */
  #begun = false;
  /** How far the line that is not whole has been searched for its end. */
  #searched = 0;

  /** Where the request target begins in {@linkcode bytes}. */
  get targetStart(): number {
    return this.#base + this.#targetStart;
  }

  /** Where it ends. */
  get targetEnd(): number {
    return this.#base + this.#targetEnd;
  }

  /** Whether a field is there. */
  has(field: Field): boolean {
    return (this.#present >> field & 1) !== 0;
  }

  /** Whether one of the fields is there whose bits these are. */
  hasOneOf(fields: number): boolean {
    return (this.#present & fields) !== 0;
  }

  /** Whether a field is there more than once. */
  isRepeated(field: Field): boolean {
    return (this.#repeated >> field & 1) !== 0;
  }

  /** Where the (first) value of a field that is there begins. */
  start(field: Field): number {
    return this.#base + this.#spans[2 * field];
  }

  /** Where it ends. */
  end(field: Field): number {
    return this.#base + this.#spans[2 * field + 1];
  }

  /** Whether a field is there once, and has this value. */
  is(field: Field, value: Uint8Array): boolean {
    if (!this.has(field) || this.isRepeated(field)) return false;
    const start = this.start(field);
    if (this.end(field) - start !== value.length) return false;
    for (let i = 0; i < value.length; i++) {
      if (this.bytes[start + i] !== value[i]) return false;
    }
    return true;
  }

  /** Whether it has this word as its value, in large or small letters. */
  isWord(field: Field, word: Uint8Array): boolean {
    if (!this.has(field) || this.isRepeated(field)) return false;
    const start = this.start(field);
    if (this.end(field) - start !== word.length) return false;
    for (let i = 0; i < word.length; i++) {
      if ((this.bytes[start + i] | 0x20) !== word[i]) return false;
    }
    return true;
  }

  /**
   * The value of a field, a character a byte; of one that is repeated all, with
   * commas between them (RFC 9110, section 5.3).
   */
  text(field: Field): string | undefined {
    if (!this.has(field)) return undefined;
    let text = this.latin1(this.start(field), this.end(field));
    for (let n = 0; n < this.#more.length; n += 3) {
      if (this.#more[n] !== field) continue;
      const [start, end] = this.#more.slice(n + 1, n + 3);
      text += `, ${this.latin1(this.#base + start, this.#base + end)}`;
    }
    return text;
  }

  /** `bytes[start, end)`, a character a byte. */
  latin1(start: number, end: number): string {
    let text = "";
    while (start < end) text += String.fromCharCode(this.bytes[start++]);
    return text;
  }

  /** Begins anew. */
  clear(): void {
    this.length = this.#searched = 0;
    this.#present = this.#repeated = 0;
    if (this.#more.length > 0) this.#more = [];
    this.#begun = false;
  }

  /** Reads the head that begins at `bytes[start]`, as far as it is there. */
  read(bytes: Uint8Array, start: number, end: number): Parsed {
    this.bytes = bytes;
    this.#base = start;
    if (this.#searched > 0) {
      // The line's beginning has been looked at: only its end tells anything new.
      const lf = bytes.subarray(start, end).indexOf(LF, this.#searched);
      if (lf === -1) {
        return this.#await(end) === PART ? Parsed.Part : Parsed.Bad;
      }
      this.#searched = 0;
    }
    for (;;) {
      const at = start + this.length;
      if (at >= end) return Parsed.Part;
      if (bytes[at] === CR && (this.#begun || this.length === 0)) {
        // The head's end; or an empty line before it, of which one is forgiven.
        if (at + 1 === end) return Parsed.Part;
        if (bytes[at + 1] === LF) {
          this.length += 2;
          if (!this.#begun) continue;
          if (this.length > LONGEST_HEAD) {
            this.#tooLong();
            return Parsed.Bad;
          }
          return Parsed.Whole;
        }
      }
      const next = this.#begun
        ? this.#fieldLine(at, end)
        : this.#requestLine(at, end);
      if (next < 0) return next === PART ? Parsed.Part : Parsed.Bad;
      if (next - start > LONGEST_HEAD) {
        this.#tooLong();
        return Parsed.Bad;
      }
      this.#begun = true;
      this.length = next - start;
    }
  }

  #requestLine(at: number, end: number): number {
    const { bytes } = this;
    // Bytes that can begin no request need no line's end to be refused: those
    // of TLS, say.
    if ((KINDS[bytes[at]] & TOKEN) === 0) {
      return this.#bad(400, "this is not an HTTP request");
    }
    let to = at + 1;
    while (to < end && (KINDS[bytes[to]] & TOKEN) !== 0) to++;
    if (to === end || bytes[to] !== SPACE) return this.#notALine(at, end);
    const target = to + 1;
    for (to++; to < end && (KINDS[bytes[to]] & TARGET) !== 0;) to++;
    if (to === end || bytes[to] !== SPACE || to === target) {
      return this.#notALine(at, end);
    }
    const version = to + 1;
    const isVersion = version + 10 <= end && startsWithHttp(bytes, version) &&
      isDigit(bytes[version + 5]) && bytes[version + 6] === DOT &&
      isDigit(bytes[version + 7]) &&
      bytes[version + 8] === CR && bytes[version + 9] === LF;
    if (!isVersion) return this.#notALine(at, end);
    const next = version + 10;
    if (bytes[version + 5] !== ZERO + 1) {
      return next - this.#base > LONGEST_HEAD
        ? this.#tooLong()
        : this.#bad(505, "this server speaks HTTP/1.1");
    }
    this.method = methodOf(bytes, at, target - 1);
    // A later minor version is to be read like the last that is known.
    this.minor = bytes[version + 7] === ZERO ? 0 : 1;
    this.#targetStart = target - this.#base;
    this.#targetEnd = to - this.#base;
    return next;
  }

  #fieldLine(at: number, end: number): number {
    const { bytes } = this;
    let to = at;
    while (to < end && (KINDS[bytes[to]] & TOKEN) !== 0) to++;
    if (to === end || bytes[to] !== COLON || to === at) {
      return this.#notAField(at, end, to);
    }
    const colon = to++;
    while (to < end && (bytes[to] === SPACE || bytes[to] === TAB)) to++;
    const value = to;
    while (to < end && (KINDS[bytes[to]] & VALUE) !== 0) to++;
    if (to + 1 >= end || bytes[to] !== CR || bytes[to + 1] !== LF) {
      return this.#fault(
        at,
        end,
        "a header field ends with CR LF, and has no control characters",
      );
    }
    const next = to + 2;
    while (to > value && (bytes[to - 1] === SPACE || bytes[to - 1] === TAB)) {
      to--;
    }
    const field = fieldOf(bytes, at, colon);
    if (field >= 0) this.#note(field, value - this.#base, to - this.#base);
    return next;
  }

  #note(field: Field, start: number, end: number): void {
    const bit = 1 << field;
    if ((this.#present & bit) !== 0) {
      this.#repeated |= bit;
      this.#more.push(field, start, end);
      return;
    }
    this.#present |= bit;
    this.#spans[2 * field] = start;
    this.#spans[2 * field + 1] = end;
  }

  #notALine(at: number, end: number): number {
    return this.#fault(
      at,
      end,
      "a request begins with a line METHOD TARGET HTTP/1.1, which ends with CR LF",
    );
  }

  #notAField(at: number, end: number, to: number): number {
    if (to === at && (this.bytes[at] === SPACE || this.bytes[at] === TAB)) {
      return this.#fault(
        at,
        end,
        "a header field cannot go on in another line",
      );
    }
    return this.#fault(
      at,
      end,
      "a header field is a line NAME: VALUE, without a space before the colon",
    );
  }

  /**
   * The line at `at` is not as it must be, or not whole: that is told by whether
   * its end is there, so that it makes no difference how the bytes arrived.
   */
  #fault(at: number, end: number, problem: string): number {
    const lf = this.bytes.subarray(at, end).indexOf(LF);
    if (lf === -1) return this.#await(end);
    return at + lf + 1 - this.#base > LONGEST_HEAD
      ? this.#tooLong()
      : this.#bad(400, problem);
  }

  /** More bytes are needed for a line, if there can be more. */
  #await(end: number): number {
    this.#searched = end - this.#base;
    return this.#searched > LONGEST_HEAD ? this.#tooLong() : PART;
  }

  #tooLong(): number {
    return this.#begun
      ? this.#bad(431, `send ${LONGEST_HEAD} bytes of header fields at most`)
      : this.#bad(
        414,
        `send ${LONGEST_HEAD} bytes at most; a batch takes longer keys`,
      );
  }

  #bad(status: number, problem: string): number {
    this.status = status;
    this.problem = problem;
    return BAD;
  }
}

function startsWithHttp(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x48 && bytes[at + 1] === 0x54 &&
    bytes[at + 2] === 0x54 && bytes[at + 3] === 0x50 &&
    bytes[at + 4] === SLASH;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= ZERO + 9;
}
