/**
 * Redis requests, taken apart in place (RESP specification, "Sending commands to
 * a Redis server"; `networking.c`).
 *
 * ```text
 * *<arguments>\r\n               an array of bulk strings
 * $<length>\r\n<argument>\r\n …
 *
 * <argument> <argument> …\r\n    or an inline command: see inline.ts
 * ```
 *
 * A request that is not whole yet is taken up again where it ended.
 *
 * @module
 */

import { free } from "../free.ts";
import type { ConnectionMemory } from "../memory_budget.ts";

/** A length or a number of arguments is a line of less than this, in bytes. */
export const LINE_LIMIT: number = 64 * 1024;
/** The most arguments of a request. */
const ARGUMENTS_LIMIT = 2 ** 31 - 1;
/** The longest argument, in bytes. */
const BULK_LIMIT = 512 * 1024 * 1024;
/** The most arguments that are read at a time. */
const ARGUMENTS_A_TURN = 16_384;
/** What a request may have before the client has given its password. */
const STRANGER_ARGUMENTS = 10, STRANGER_BULK = 16384;

/** Longer arguments, in bytes, are no word that anything has a meaning for. */
const LONGEST_WORD = 64;

/** A longer table of arguments is given back after a request, in numbers. */
const SPANS_KEPT = 1024;

const CR = 0x0d, STAR = 0x2a, DOLLAR = 0x24, MINUS = 0x2d;
const ZERO = 0x30, ONE = 0x31, NINE = 0x39;

/** A table of arguments has so many numbers at first. */
const SPANS = 64;

const NOTHING = new Uint8Array(0);

/** What has become of a request. */
export enum Parsed {
  /** All arguments are there. */
  Whole,
  /** More bytes are needed. */
  Part,
  /** More arguments are there, which are for the next turn. */
  Turn,
  /** There is no memory to note where they are. */
  NoMemory,
  /** It is no request; {@linkcode Request.error} says why. */
  Bad,
}

/** One request: where its arguments are. */
export class Request {
  /** Holds the arguments. */
  bytes: Uint8Array = NOTHING;
  /** How many arguments are there. */
  count = 0;
  /** How many there will be; -1 before that is known. */
  expected = -1;
  /** How many bytes of the request have been read, from its beginning. */
  length = 0;
  /** The length of the longest argument, in bytes. */
  longest = 0;
  /** The length that {@linkcode Request.parseLength} has read, in bytes. */
  bulkLength = 0;
  /** Redis' words for what is wrong. */
  error = "";
  /** Where arguments begin and end, from `#base`. */
  #spans = new Int32Array(SPANS);
  #base = 0;
  readonly #memory: ConnectionMemory | undefined;

  /** Counts in `memory` what many arguments, and inline ones, take. */
  constructor(memory?: ConnectionMemory) {
    this.#memory = memory;
  }

  /** Where an argument begins in {@linkcode Request.bytes}. */
  start(n: number): number {
    return this.#base + this.#spans[2 * n];
  }

  /** Where an argument ends. */
  end(n: number): number {
    return this.#base + this.#spans[2 * n + 1];
  }

  /** An argument as a copy. */
  copy(n: number): Uint8Array {
    return this.bytes.slice(this.start(n), this.end(n));
  }

  /** An argument as text, a character a byte; or the beginning of it. */
  latin1(n: number, most = Infinity): string {
    let text = "";
    const end = Math.min(this.end(n), this.start(n) + most);
    for (let at = this.start(n); at < end; at++) {
      text += String.fromCharCode(this.bytes[at]);
    }
    return text;
  }

  /** An argument as a word that is looked for: in lower case, if it is short. */
  word(n: number): string {
    const length = this.end(n) - this.start(n);
    return length > LONGEST_WORD ? "" : this.latin1(n).toLowerCase();
  }

  /** An argument as text. */
  text(n: number): string {
    return new TextDecoder().decode(
      this.bytes.subarray(this.start(n), this.end(n)),
    );
  }

  /** Begins anew. */
  clear(): void {
    if (this.#spans.length > SPANS_KEPT) this.#takeSpans(SPANS);
    if (this.#ownBytes > 0) this.#dropBytes();
    this.count = 0;
    this.expected = -1;
    this.length = 0;
    this.longest = 0;
  }

  /**
   * Adds an argument that is at `bytes[start, end)` from the request's begin.
   *
   * @returns false if there is no memory to note it.
   */
  add(start: number, end: number): boolean {
    if (
      2 * this.count === this.#spans.length &&
      !this.#takeSpans(2 * this.#spans.length)
    ) return false;
    this.#spans[2 * this.count] = start;
    this.#spans[2 * this.count++ + 1] = end;
    return true;
  }

  /**
   * A buffer of the request's own, for so many bytes of arguments.
   *
   * @returns `undefined` if there is no memory for it.
   */
  ownBytes(length: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#memory?.take(length) === false) return undefined;
    const bytes = new Uint8Array(length);
    this.#ownBytes = length;
    this.use(bytes, 0);
    return bytes;
  }

  /** Lets go of everything. */
  close(): void {
    this.clear();
    this.#takeSpans(SPANS);
  }

  /** Takes arguments from other bytes. */
  use(bytes: Uint8Array, base: number): void {
    this.bytes = bytes;
    this.#base = base;
  }

  /**
   * Reads the array that begins at `bytes[start]`, as far as it is there.
   *
   * @param known whether the client may send requests of any size.
   */
  parse(
    bytes: Uint8Array,
    start: number,
    end: number,
    known: boolean,
  ): Parsed {
    this.use(bytes, start);
    if (this.expected < 0) {
      const next = this.#number(start, end, STAR, ARGUMENTS_LIMIT);
      if (next < 0) return this.#failed("multibulk", next);
      this.expected = Math.max(0, this.#read);
      if (!known && this.expected > STRANGER_ARGUMENTS) {
        return this.#bad("unauthenticated multibulk length");
      }
      this.length = next - start;
    }
    const most = this.count + ARGUMENTS_A_TURN;
    while (this.count < this.expected) {
      if (this.count === most) return Parsed.Turn;
      const at = start + this.length;
      if (at >= end) return Parsed.Part;
      const next = this.#number(at, end, DOLLAR, BULK_LIMIT);
      if (next < 0) return this.#failed("bulk", next, bytes[at]);
      const length = this.#read;
      if (length < 0) return this.#bad("invalid bulk length");
      if (!known && length > STRANGER_BULK) {
        return this.#bad("unauthenticated bulk length");
      }
      if (next + length + 2 > end) return Parsed.Part;
      if (length > this.longest) this.longest = length;
      if (!this.add(next - start, next - start + length)) {
        return Parsed.NoMemory;
      }
      this.length = next - start + length + 2;
    }
    return Parsed.Whole;
  }

  /** The bytes of the argument that is not whole yet, if its length is known. */
  missing(bytes: Uint8Array, start: number, end: number): number {
    this.use(bytes, start);
    const at = start + this.length;
    const next = at < end ? this.#number(at, end, DOLLAR, BULK_LIMIT) : -1;
    return next < 0 ? end - at : next - at + this.#read + 2;
  }

  /** Reads the length of an argument; `length` is then that of its line. */
  parseLength(bytes: Uint8Array, start: number, end: number): Parsed {
    this.use(bytes, start);
    const next = this.#number(start, end, DOLLAR, BULK_LIMIT);
    if (next < 0) return this.#failed("bulk", next, bytes[start]);
    if (this.#read < 0) return this.#bad("invalid bulk length");
    this.bulkLength = this.#read;
    this.length = next - start;
    return Parsed.Whole;
  }

  /** Takes a table of another length; false if there is no memory for it. */
  #takeSpans(length: number): boolean {
    const former = this.#spans;
    const bytes = length * former.BYTES_PER_ELEMENT;
    if (length > former.length && this.#memory?.take(bytes) === false) {
      return false;
    }
    this.#spans = new Int32Array(length);
    if (length > former.length) this.#spans.set(former);
    // The first one is counted with what is standing.
    if (former.length > SPANS) this.#memory?.give(former.byteLength);
    free(former);
    return true;
  }

  #dropBytes(): void {
    this.#memory?.give(this.#ownBytes);
    this.#ownBytes = 0;
    this.use(NOTHING, 0);
  }

  /** The length of a buffer of its own, in bytes. */
  #ownBytes = 0;
  /** The number that was read last. */
  #read = 0;

  /**
   * Where the line behind a number ends.
   *
   * @returns -1: it has no end yet; -2: it is no number; -3: it is too long; -4:
   * it begins with another sign.
   */
  #number(at: number, end: number, sign: number, most: number): number {
    const { bytes } = this;
    const signed = bytes[at] === sign;
    let digit = at + 1;
    const negative = bytes[digit] === MINUS;
    if (negative) digit++;
    const first = bytes[digit];
    let number = 0;
    let from = digit;
    for (; from < end && bytes[from] >= ZERO && bytes[from] <= NINE; from++) {
      number = number * 10 + bytes[from] - ZERO;
    }
    // The LF is taken on trust, as Redis does.
    if (signed && from + 1 < end && bytes[from] === CR) {
      const sound = from > digit && from - digit < 20 &&
        (first >= ONE || from === digit + 1 && !negative);
      if (!sound || number > most) return -2;
      this.#read = negative ? -number : number;
      return from + 2;
    }
    // What follows may be no number, but the line has to end first.
    while (from < end && bytes[from] !== CR) from++;
    if (from + 1 < end) return signed ? -2 : -4;
    return end - at > LINE_LIMIT ? -3 : -1;
  }

  #failed(what: "bulk" | "multibulk", reason: number, got = 0): Parsed {
    if (reason === -1) return Parsed.Part;
    if (reason === -2) return this.#bad(`invalid ${what} length`);
    if (reason === -4) {
      return this.#bad(`expected '$', got '${String.fromCharCode(got)}'`);
    }
    const kind = what === "bulk" ? "bulk" : "mbulk";
    return this.#bad(`too big ${kind} count string`);
  }

  #bad(error: string): Parsed {
    this.error = error;
    return Parsed.Bad;
  }
}
