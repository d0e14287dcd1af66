/**
 * Looks keys up in a GDBM file. The layout is told in `layout.ts`.
 *
 * @module
 */

import { Windows } from "../memory/windows.ts";
import { DataFileError, type Value } from "../storage.ts";
import { type GdbmHeader, readHeader } from "./header.ts";
import { hash, HASH_BITS, UNUSED } from "./layout.ts";

/** The most that a bucket of any block size has, in bytes. */
const LARGEST_BUCKET = 2 ** 30;

/** Reads one file in place. */
export class GdbmReader {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Its name, for messages. */
  readonly path: string;
  /** What its header says. */
  readonly header: GdbmHeader;
  readonly #windows: Windows;
  readonly #little: boolean;
  /** The width of an offset, and where things are in a bucket. */
  readonly #width: 4 | 8;
  readonly #elementsStart: number;
  readonly #elementSize: number;
  readonly #elements: number;

  /**
   * Reads the header of a file.
   *
   * @throws {DataFileError} if it is not a GDBM file.
   */
  constructor(bytes: Uint8Array, path: string) {
    this.bytes = bytes;
    this.path = path;
    this.header = readHeader(bytes, path);
    const { little, layout, bucketElements, bucketSize } = this.header;
    if (bucketSize > LARGEST_BUCKET) {
      throw new DataFileError(path, `a bucket of ${bucketSize} bytes`);
    }
    this.#windows = new Windows(bytes);
    this.#little = little;
    this.#width = layout.offset;
    this.#elementsStart = layout.elements;
    this.#elementSize = layout.elementSize;
    this.#elements = bucketElements;
  }

  /** Finds the value of the key `bytes[start, end)`. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    if (
      this.#findHash(hash(bytes, start, end, true), bytes, start, end, value)
    ) {
      return true;
    }
    // Nothing in the file tells how its machine takes bytes above 127.
    for (let at = start; at < end; at++) {
      if (bytes[at] > 127) {
        const h = hash(bytes, start, end, false);
        return this.#findHash(h, bytes, start, end, value);
      }
    }
    return false;
  }

  /** Where the value that was found begins in the file. */
  offsetOf(found: Value): number {
    return found.bytes.byteOffset - this.bytes.byteOffset + found.start;
  }

  /**
   * Where the bucket is that an entry of the directory tells of.
   *
   * @throws {DataFileError} if that is not in the file.
   */
  bucket(entry: number): number {
    const { directory, bucketSize, layout } = this.header;
    const at = this.offset(directory + entry * this.#width);
    if (at < layout.headerEnd || at + bucketSize > this.bytes.length) {
      throw new DataFileError(
        this.path,
        `directory entry ${entry}: a bucket at byte ${at} is not in the ` +
          `file, which has ${this.bytes.length}`,
      );
    }
    return at;
  }

  /** Where an element of a bucket is. */
  element(bucket: number, n: number): number {
    return bucket + this.#elementsStart + n * this.#elementSize;
  }

  /** Where the record of an element is. */
  record(element: number): number {
    return this.offset(element + 8);
  }

  /** The length of an element's key. */
  keyLength(element: number): number {
    return this.number(element + 8 + this.#width);
  }

  /** The length of an element's value. */
  valueLength(element: number): number {
    return this.number(element + 12 + this.#width);
  }

  /** A signed number of 4 bytes. */
  number(at: number): number {
    const { bytes, base } = this.#window(at, at + 4);
    at -= base;
    return this.#little
      ? bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
        bytes[at + 3] << 24
      : bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 |
        bytes[at + 3];
  }

  /** An offset; above 2^53 not exact, and still greater than any file. */
  offset(at: number): number {
    if (this.#width === 4) return this.number(at) >>> 0;
    const first = this.number(at) >>> 0, second = this.number(at + 4) >>> 0;
    return this.#little ? first + second * 2 ** 32 : first * 2 ** 32 + second;
  }

  /** Finds the value of a key by its hash. */
  #findHash(
    h: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    const bucket = this.bucket(h >>> (HASH_BITS - this.header.directoryBits));
    const elements = this.#elements;
    const length = end - start;
    let n = h % elements;
    for (let tried = 0; tried < elements; tried++) {
      const element = this.element(bucket, n);
      const stored = this.number(element);
      if (stored === UNUSED) return false;
      if (stored === h && this.keyLength(element) === length) {
        const key = this.record(element);
        const valueLength = this.valueLength(element);
        if (valueLength < 0) this.#notWhole(element);
        const recordEnd = key + length + valueLength;
        if (recordEnd > this.bytes.length) this.#notWhole(element);
        const window = this.#window(key, recordEnd);
        const file = window.bytes;
        let at = key - window.base, from = start;
        while (from < end && file[at] === bytes[from]) at++, from++;
        if (from === end) {
          value.bytes = file;
          value.start = at;
          value.end = at + valueLength;
          value.flags = 0;
          return true;
        }
      }
      if (++n === elements) n = 0;
    }
    return false;
  }

  #window(start: number, end: number): { base: number; bytes: Uint8Array } {
    const window = this.#windows.at(start, end);
    if (window !== undefined) return window;
    throw new DataFileError(
      this.path,
      `bytes ${start} to ${end} are not in the file, which has ` +
        `${this.bytes.length}`,
    );
  }

  #notWhole(element: number): never {
    throw new DataFileError(
      this.path,
      `the record of the element at byte ${element} is not in the file`,
    );
  }
}
