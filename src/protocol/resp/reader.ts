/**
 * Takes the received bytes of a connection apart into requests: arrays, inline
 * commands, and arguments that are passed over because their request has been
 * refused before they were there.
 *
 * @module
 */

import type { ConnectionMemory } from "../memory_budget.ts";
import { ARGUMENT_WORK, REQUEST_WORK } from "../work.ts";
import { splitInline } from "./inline.ts";
import { RefusedArguments } from "./refused_arguments.ts";
import { LINE_LIMIT, Parsed, Request } from "./request.ts";
import { WRITES } from "./writes.ts";

const STAR = 0x2a, LF = 0x0a, CR = 0x0d;

/** The longest inline command that has no end yet, in bytes. */
const INLINE_LIMIT = 64 * 1024;

/** Redis sees the end of a longer one if it comes with these, in bytes. */
const INLINE_PIECE = 16 * 1024;

/** What each byte of the line of a number costs, in units of work. */
const LINE_BYTE_WORK = 4;

/** What each byte of an inline command costs, in units of work. */
const INLINE_BYTE_WORK = 5;

/** What is held of a request that is not whole yet, in bytes. */
const REQUEST_LIMIT = 16 * 1024 * 1024;

/** What was read. */
export enum Read {
  /** A request to be answered, which {@linkcode RequestReader.next} ends. */
  Request,
  /** Arguments of a request that has been answered. */
  Passed,
  /** Nothing: more bytes are needed. */
  Part,
  /** Nothing yet: what is there is more than is read in one turn. */
  Turn,
  /** Nothing: there is no memory for the request. */
  NoMemory,
  /** What is no request; {@linkcode RequestReader.error} says why. */
  Bad,
}

/** Reads the requests of one connection. */
export class RequestReader {
  /** The request. */
  readonly request: Request;
  /** How many bytes were used for what was read. */
  used = 0;
  /** What the last attempt to read has cost, in units of work. */
  work = 0;
  /** Redis' words for what is wrong. */
  error = "";
  readonly #refused = new RefusedArguments();
  /** Whether the arguments of the request are not all there. */
  #early = false;
  /** Whether the request is an inline one, and whole. */
  #inlined = false;

  /** Counts in `memory` what a request takes besides its bytes. */
  constructor(memory?: ConnectionMemory) {
    this.request = new Request(memory);
  }

  /**
   * Reads what comes first in `received[start, end)`. A request stays the same
   * until {@linkcode next}, but must be read again when its bytes have moved.
   *
   * @param known whether the client has given its password.
   */
  read(
    received: Uint8Array,
    start: number,
    end: number,
    known: boolean,
  ): Read {
    this.work = 0;
    if (this.#inlined) return Read.Request;
    if (this.#refused.left > 0) return this.#pass(received, start, end);
    return received[start] === STAR
      ? this.#array(received, start, end, known)
      : this.#inline(received, start, end);
  }

  /** Lets go of what the request takes. */
  close(): void {
    this.request.close();
  }

  /** The request has been answered. */
  next(): void {
    if (this.#early) this.#refused.begin(this.request);
    this.#early = this.#inlined = false;
    this.request.clear();
  }

  /**
   * Passes over the request of which `received[start, end)` is the beginning.
   *
   * @returns how many bytes were used; -1 if its end cannot be told.
   */
  refuse(received: Uint8Array, start: number, end: number): number {
    const { request } = this;
    const { expected, length } = request;
    if (received[start] !== STAR) {
      request.clear();
      const lf = received.subarray(start, end).indexOf(LF);
      return lf < 0 ? -1 : lf + 1;
    }
    if (expected < 1) return -1;
    this.#refused.begin(request);
    request.clear();
    const used = this.#refused.take(received, start + length, end, request);
    return used < 0 ? -1 : length + used;
  }

  #array(
    received: Uint8Array,
    start: number,
    end: number,
    known: boolean,
  ): Read {
    const { request } = this;
    const { count } = request;
    const parsed = request.parse(received, start, end, known);
    this.work = REQUEST_WORK + ARGUMENT_WORK * (request.count - count);
    if (parsed === Parsed.Whole) {
      this.used = request.length;
      return Read.Request;
    }
    // A line that has no end yet is looked through again each time.
    const left = end - start - request.length;
    this.work += Math.min(left, LINE_LIMIT) * LINE_BYTE_WORK;
    if (parsed === Parsed.Bad) return this.#bad(request.error);
    // A write is refused before its arguments are there, which may be long.
    if (known && request.count > 0 && isWrite(request)) {
      this.#early = true;
      this.used = request.length;
      return Read.Request;
    }
    if (parsed === Parsed.Turn) return Read.Turn;
    if (parsed === Parsed.NoMemory) return Read.NoMemory;
    const needed = request.length + request.missing(received, start, end);
    return needed > REQUEST_LIMIT
      ? this.#bad(`a request of more than ${REQUEST_LIMIT} bytes`)
      : Read.Part;
  }

  #pass(received: Uint8Array, start: number, end: number): Read {
    const { request } = this;
    const { left } = this.#refused;
    this.used = this.#refused.take(received, start, end, request);
    this.work = ARGUMENT_WORK * (left - this.#refused.left);
    if (this.used < 0) return this.#bad(request.error);
    return this.used === 0 ? Read.Part : Read.Passed;
  }

  #inline(received: Uint8Array, start: number, end: number): Read {
    const near = Math.min(end, start + INLINE_LIMIT + INLINE_PIECE);
    const found = received.subarray(start, near).indexOf(LF);
    if (found < 0) {
      return end - start > INLINE_LIMIT
        ? this.#bad("too big inline request")
        : Read.Part;
    }
    const lf = start + found;
    const { request } = this;
    request.clear();
    const lineEnd = received[lf - 1] === CR && lf > start ? lf - 1 : lf;
    const out = request.ownBytes(lineEnd - start);
    if (out === undefined) return Read.NoMemory;
    switch (splitInline(received, start, lineEnd, request, out)) {
      case Parsed.Bad:
        return this.#bad("unbalanced quotes in request");
      case Parsed.NoMemory:
        return Read.NoMemory;
    }
    this.used = found + 1;
    this.work = REQUEST_WORK + INLINE_BYTE_WORK * found;
    this.#inlined = true;
    return Read.Request;
  }

  #bad(error: string): Read {
    this.error = error;
    return Read.Bad;
  }
}

/** Whether nothing of a request but its name and their number counts. */
function isWrite(request: Request): boolean {
  const { bytes } = request;
  return WRITES.find(bytes, request.start(0), request.end(0)) !== undefined;
}
