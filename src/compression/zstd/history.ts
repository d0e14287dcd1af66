/**
 * What a frame has unpacked to, as far back as its window reaches.
 *
 * @module
 */

import { damaged } from "./damaged.ts";
import { MOST_BLOCK_BYTES } from "./literals.ts";

/** Up to so many bytes, a copy by a loop is faster than a call. */
const SHORT = 32;

/** The last bytes that were unpacked, and room for a block behind them. */
export class History {
  /** How many bytes of the frame there have been. */
  total = 0;
  readonly #window: number;
  /** Grows as bytes come: what a frame says of its window costs nothing. */
  #bytes = new Uint8Array(2 * MOST_BLOCK_BYTES);
  #end = 0;
  #block = 0;
  #limit = 0;

  /**
   * Begins a frame.
   *
   * @param window how far back it may reach, in bytes.
   */
  constructor(window: number) {
    this.#window = window;
  }

  /**
   * Makes room for a block.
   *
   * @param most how many bytes it may unpack to.
   */
  begin(most: number): void {
    if (this.#end + most > this.#bytes.length) this.#makeRoom();
    this.#block = this.#end;
    this.#limit = this.#end + most;
  }

  /** The bytes of the block; valid until the next begins. */
  finish(): Uint8Array {
    this.total += this.#end - this.#block;
    return this.#bytes.subarray(this.#block, this.#end);
  }

  /** Adds `bytes[start, end)`. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const next = this.#end + end - start;
    if (next > this.#limit) throw tooLarge();
    const to = this.#bytes;
    if (end - start <= SHORT) {
      for (let at = this.#end; start < end;) to[at++] = bytes[start++];
    } else to.set(bytes.subarray(start, end), this.#end);
    this.#end = next;
  }

  /** Adds one byte again and again. */
  fill(byte: number, count: number): void {
    const next = this.#end + count;
    if (next > this.#limit) throw tooLarge();
    this.#bytes.fill(byte, this.#end, next);
    this.#end = next;
  }

  /**
   * Adds `literals[start, end)`, and behind it what was added `offset` bytes before,
   * which may be what this adds.
   */
  addAndRepeat(
    literals: Uint8Array,
    start: number,
    end: number,
    offset: number,
    length: number,
  ): void {
    const bytes = this.#bytes;
    let at = this.#end;
    const match = at + end - start;
    const next = match + length;
    if (next > this.#limit) throw tooLarge();
    if (end - start <= SHORT) {
      while (start < end) bytes[at++] = literals[start++];
    } else bytes.set(literals.subarray(start, end), at);

    const before = this.total + match - this.#block;
    if (offset > this.#window || offset > before) {
      throw damaged("it refers to what is not there");
    }
    at = match;
    let from = match - offset;
    if (length <= SHORT) {
      while (at < next) bytes[at++] = bytes[from++];
    } else if (length <= offset) bytes.copyWithin(at, from, from + length);
    else if (offset === 1) bytes.fill(bytes[from], at, next);
    else while (at < next) bytes[at++] = bytes[from++];
    this.#end = next;
  }

  #makeRoom(): void {
    const kept = Math.min(this.#end, this.#window);
    const from = this.#end - kept;
    // Twice the window, so that moving it to the begin is worth it.
    const length = Math.max(
      this.#bytes.length,
      2 * (kept + MOST_BLOCK_BYTES),
    );
    if (length > this.#bytes.length) {
      const bytes = new Uint8Array(length);
      bytes.set(this.#bytes.subarray(from, this.#end));
      this.#bytes = bytes;
    } else this.#bytes.copyWithin(0, from, this.#end);
    this.#end = kept;
  }
}

function tooLarge(): Error {
  return damaged("a block is too large");
}
