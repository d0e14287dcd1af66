/**
 * Reads the parts of an RDB file one after the other, from pieces of any length.
 *
 * @module
 */

import type { Pieces } from "../../../compression/pieces.ts";
import { BuildError } from "../../error.ts";
import { Crc64 } from "./crc64.ts";
import { INT_16, INT_32, INT_8, LZF } from "./layout.ts";
import { unpackLzf } from "./lzf.ts";

/** The longest string of a Redis, in bytes (`proto-max-bulk-len`). */
const LONGEST_STRING = 512 * 1024 * 1024;

/** Reads numbers and strings. */
export class RdbReader {
  readonly #name: string;
  readonly #pieces: AsyncIterator<Uint8Array>;
  readonly #crc = new Crc64();
  /** What has come and was not read is in `#bytes[#at, #end)`. */
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  /** Where `#bytes` begins in the file. */
  #base = 0;

  /** Begins at the first byte. */
  constructor(name: string, pieces: Pieces) {
    this.#name = name;
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Lets go of the input. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  /** The CRC-64 of what has been read. */
  get crc(): bigint {
    return this.#crc.value;
  }

  /** An error at the place that has been read to. */
  error(problem: string): BuildError {
    const place = (this.#base + this.#at).toLocaleString("en");
    return new BuildError(`${this.#name}, byte ${place}: ${problem}`);
  }

  /** So many bytes; valid until the next call. */
  async take(count: number): Promise<Uint8Array> {
    while (this.#end - this.#at < count) await this.#more();
    const start = this.#at;
    this.#at += count;
    this.#crc.update(this.#bytes, start, this.#at);
    return this.#bytes.subarray(start, this.#at);
  }

  /** A byte. */
  async byte(): Promise<number> {
    return (await this.take(1))[0];
  }

  /**
   * A length.
   *
   * @throws {BuildError} if there is a string in an encoding of its own instead.
   */
  async length(): Promise<number> {
    const length = await this.#lengthOrEncoding();
    if (length >= 0) return length;
    throw this.error("a length was expected");
  }

  /** A string; valid until the next call. */
  async string(): Promise<Uint8Array> {
    const length = await this.#lengthOrEncoding();
    if (length >= 0) {
      this.#mustBeShort(length);
      return await this.take(length);
    }
    const encoding = -1 - length;
    switch (encoding) {
      case INT_8:
        return await this.#number(1);
      case INT_16:
        return await this.#number(2);
      case INT_32:
        return await this.#number(4);
      case LZF: {
        const packedLength = await this.length();
        const length = await this.length();
        this.#mustBeShort(packedLength);
        this.#mustBeShort(length);
        const packed = await this.take(packedLength);
        const string = unpackLzf(packed, length);
        if (string !== undefined) return string;
        throw this.error("a string that is packed with LZF is damaged");
      }
    }
    throw this.error(`a string in the unknown encoding ${encoding}`);
  }

  /** A signed number of so many bytes as its digits. */
  async #number(size: 1 | 2 | 4): Promise<Uint8Array> {
    const bytes = await this.take(size);
    let number = 0;
    for (let i = size - 1; i >= 0; i--) number = number << 8 | bytes[i];
    const signed = number << (32 - 8 * size) >> (32 - 8 * size);
    return new TextEncoder().encode(String(signed));
  }

  /** A length; an encoding is below 0, from -1 on. */
  async #lengthOrEncoding(): Promise<number> {
    const first = await this.byte();
    switch (first >> 6) {
      case 0:
        return first;
      case 1:
        return (first & 0x3f) << 8 | await this.byte();
      case 3:
        return -1 - (first & 0x3f);
    }
    if (first !== 0x80 && first !== 0x81) {
      throw this.error(`a length of the unknown kind ${first}`);
    }
    const bytes = await this.take(first === 0x80 ? 4 : 8);
    let length = 0;
    for (const byte of bytes) length = length * 256 + byte;
    return length;
  }

  /** Nothing is allocated for what a file claims: bytes come in pieces. */
  #mustBeShort(length: number): void {
    if (length <= LONGEST_STRING) return;
    throw this.error(`a string of ${length} bytes, which no Redis has`);
  }

  async #more(): Promise<void> {
    const { value, done } = await this.#pieces.next();
    if (done) {
      this.#at = this.#end;
      throw this.error("the file ends here, in the middle");
    }
    const rest = this.#end - this.#at;
    const needed = rest + value.length;
    // A new buffer each time: somebody may still look at the former one. For a
    // long string it grows ahead, so that the string is not copied too often.
    const room = rest > value.length ? 2 * needed : needed;
    const bytes = this.#at === 0 && this.#bytes.length >= needed
      ? this.#bytes
      : new Uint8Array(room);
    if (bytes !== this.#bytes) {
      bytes.set(this.#bytes.subarray(this.#at, this.#end));
    }
    bytes.set(value, rest);
    this.#base += this.#at;
    this.#bytes = bytes;
    this.#at = 0;
    this.#end = needed;
  }
}
