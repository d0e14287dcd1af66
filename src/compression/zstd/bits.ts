/**
 * Bits of a zstd block (RFC 8878, section 4): some parts are read forwards from
 * their first byte, most backwards from their last.
 *
 * @module
 */

import { damaged } from "./damaged.ts";

/** Bytes that must follow what is read, so that no read needs a check. */
export const READ_AHEAD_LENGTH = 8;

/** Reads forwards, the lowest bits of a byte first. */
export class ForwardBits {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  /** The next bit, counted from the first byte of the array. */
  #bit: number;

  /** Begins with `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#bit = start * 8;
    this.#end = end * 8;
  }

  /** The next bits, up to 16 of them. */
  read(count: number): number {
    const value = this.peek(count);
    this.skip(count);
    return value;
  }

  /** The same, and they are still the next. */
  peek(count: number): number {
    const bytes = this.#bytes;
    const at = this.#bit >> 3;
    return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16) >>>
        (this.#bit & 7) & (1 << count) - 1;
  }

  /** Goes on. */
  skip(count: number): void {
    this.#bit += count;
    if (this.#bit > this.#end) throw damaged("a table goes beyond its block");
  }

  /** The number of the first byte of which nothing has been read. */
  get nextByte(): number {
    return this.#bit + 7 >> 3;
  }
}

/** Reads backwards: what was written last comes first. */
export class BackwardBits {
  /** How many bits are left. */
  left: number;
  readonly #bytes: Uint8Array;
  readonly #start: number;

  /** Begins with the last byte of `bytes[start, end)`: its highest bit ends them. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.left = bitsIn(bytes, start, end);
  }

  /** The next bits, up to 28 of them. */
  read(count: number): number {
    if (count > 16) {
      const high = this.read(count - 16);
      return high << 16 | this.read(16);
    }
    this.left -= count;
    const { left } = this;
    if (left < 0) throw damaged("a bit stream ends in the middle");
    const bytes = this.#bytes;
    const at = this.#start + (left >> 3);
    return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16) >>>
        (left & 7) & (1 << count) - 1;
  }
}

/** How many bits are in `bytes[start, end)` below the one that ends them. */
export function bitsIn(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || bytes[end - 1] === 0) {
    throw damaged("a bit stream has no end");
  }
  return (end - start) * 8 - 1 - (Math.clz32(bytes[end - 1]) - 24);
}
