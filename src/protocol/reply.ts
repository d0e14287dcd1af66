/**
 * The replies of one connection, put together in one buffer that is written
 * once for all requests that arrived together.
 *
 * @module
 */

import { free } from "./free.ts";
import type { ConnectionMemory, MemoryBudget } from "./memory_budget.ts";
import { TURN_WORK } from "./work.ts";

/**
 * A session stops adding replies here, in bytes: what a client asks for must
 * not decide how much memory it takes.
 */
export const REPLY_LIMIT = 256 * 1024;

/** The same where memory is scarce. */
const SCARCE_LIMIT = 16 * 1024;

const SMALLEST = 4 * 1024;

/** A buffer grows to twice its length up to this, and then by as much. */
const GROWTH = 64 * 1024;

/** Bytes to be written to a connection. */
export class Reply {
  /** The buffer; the reply is in `bytes[0, length)`. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(SMALLEST);
  /** Nothing more should be added to so many bytes. */
  limit: number = REPLY_LIMIT;
  /** How many bytes there are to write. */
  length = 0;
  /**
   * How much work has been done in this turn, in the units of `work.ts`. Each
   * call of `consume` begins a turn.
   */
  work = 0;

  readonly #memory: ConnectionMemory | undefined;

  /** Counts its buffer in `memory`. */
  constructor(memory?: ConnectionMemory) {
    this.#memory = memory;
    memory?.force(SMALLEST);
  }

  /**
   * Whether the turn is over: nothing more should be added before what is here
   * is written and others have had their turn.
   */
  get full(): boolean {
    return this.length >= this.limit || this.work >= TURN_WORK;
  }

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed > this.bytes.length) this.#grow(needed);
  }

  /** Adds characters below U+0100, a byte each. */
  text(text: string): void {
    this.reserve(text.length);
    for (let i = 0; i < text.length; i++) {
      this.bytes[this.length++] = text.charCodeAt(i);
    }
  }

  /** Adds `from[start, end)`. */
  copy(from: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    // A view for `set` costs more than the loop for what is short. `copyBytes`
    // does the same, but called from here it costs 3 % of a pipelined get.
    if (end - start > 96) {
      const whole = start === 0 && end === from.length;
      this.bytes.set(whole ? from : from.subarray(start, end), this.length);
      this.length += end - start;
      return;
    }
    const to = this.bytes;
    let at = this.length;
    while (start < end) to[at++] = from[start++];
    this.length = at;
  }

  /** Adds a whole number from 0 to 2^53 - 1 in decimal digits. */
  number(value: number): void {
    this.reserve(16);
    if (value < 10) {
      this.bytes[this.length++] = 48 + value;
      return;
    }
    let digits = 1;
    for (let power = 10; power <= value; power *= 10) digits++;
    let at = this.length + digits;
    this.length = at;
    while (digits-- > 0) {
      const rest = value < 0x80000000
        ? (value / 10) | 0
        : Math.floor(value / 10);
      this.bytes[--at] = 48 + value - rest * 10;
      value = rest;
    }
  }

  /** Begins a turn: what it may add depends on what memory there is. */
  begin(budget: MemoryBudget | undefined): void {
    this.limit = budget?.isScarce ? SCARCE_LIMIT : REPLY_LIMIT;
  }

  /**
   * Empties the reply after it was written. A large buffer is given back unless
   * this reply has filled a good part of it.
   */
  clear(): void {
    const { length } = this.bytes;
    if (length > SMALLEST * 4 && this.length < length / 8) this.shrink();
    this.length = 0;
  }

  /** Gives a large buffer back; nothing is in the reply. */
  shrink(): void {
    this.length = 0;
    if (this.bytes.length > SMALLEST) this.#take(SMALLEST);
  }

  /** Gives all of it back: the reply is not used any more. */
  free(): void {
    this.#memory?.give(this.bytes.length);
    free(this.bytes);
  }

  #grow(needed: number): void {
    const { length } = this.bytes;
    this.#take(
      length < GROWTH && needed <= GROWTH
        ? Math.max(needed, 2 * length)
        : Math.ceil(needed / GROWTH) * GROWTH,
    );
  }

  /** Takes a buffer of another length. */
  #take(length: number): void {
    const former = this.bytes;
    this.bytes = new Uint8Array(length);
    this.bytes.set(former.subarray(0, this.length));
    this.#memory?.force(length);
    this.#memory?.give(former.length);
    free(former);
  }
}
