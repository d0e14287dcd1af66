/**
 * Looks keys up in a constant database. The layout is told in `layout.ts`.
 *
 * @module
 */

import { Windows } from "../memory/windows.ts";
import { DataFileError, type Value } from "../storage.ts";
import { type CdbHeader, readHeader } from "./header.ts";
import { hash, read32, read64 } from "./layout.ts";

/** The parts of a record: each ends where the next begins. */
export interface CdbRecord {
  /** Where its lengths are. */
  readonly at: number;
  /** Where the key begins. */
  readonly key: number;
  /** Where the value begins. */
  readonly value: number;
  /** Where the next record begins. */
  readonly end: number;
}

/** Reads one file in place. */
export class CdbReader {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Its name, for messages. */
  readonly path: string;
  /** What its head says. */
  readonly header: CdbHeader;
  readonly #windows: Windows;
  /** What can be read without a look for its window. */
  readonly #near: Uint8Array;
  readonly #word: number;
  readonly #positions: Float64Array;
  readonly #slots: Float64Array;

  /**
   * Reads the head of a file.
   *
   * @throws {DataFileError} if it is not a constant database.
   */
  constructor(bytes: Uint8Array, path: string) {
    this.bytes = bytes;
    this.#windows = new Windows(bytes);
    this.#near = this.#windows.first.bytes.subarray(0, -8);
    this.path = path;
    this.header = readHeader(bytes, path);
    this.#word = this.header.word;
    this.#positions = this.header.positions;
    this.#slots = this.header.slots;
  }

  /** Finds the first record with the key `bytes[start, end)`. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const h = hash(bytes, start, end);
    const table = h & 0xff;
    const slots = this.#slots[table];
    if (slots === 0) return false;

    const word = this.#word;
    const first = this.#positions[table];
    const past = first + slots * 2 * word;
    let slot = first + (h >>> 8) % slots * 2 * word;
    for (let n = 0; n < slots; n++) {
      const record = this.number(slot + word);
      if (record === 0) return false;
      if (this.number(slot) === h) {
        const valueLength = this.#checkedValueLength(record);
        const key = record + 2 * word;
        const recordEnd = key + end - start + valueLength;
        if (this.number(record) === end - start) {
          const window = this.#windows.at(key, recordEnd);
          const base = window?.base ?? 0;
          const file = window?.bytes ?? this.bytes;
          if (isKey(file, key - base, bytes, start, end)) {
            value.bytes = file;
            value.start = key - base + end - start;
            value.end = recordEnd - base;
            value.flags = 0;
            return true;
          }
        }
      }
      slot += 2 * word;
      if (slot === past) slot = first;
    }
    return false;
  }

  /** A number of the file's width. */
  number(at: number): number {
    if (at >= this.#near.length) return this.#farNumber(at);
    return this.#word === 4 ? read32(this.#near, at) : read64(this.#near, at);
  }

  /** Where the value that was found begins in the file. */
  offsetOf(found: Value): number {
    return found.bytes.byteOffset - this.bytes.byteOffset + found.start;
  }

  #farNumber(at: number): number {
    const window = this.#windows.at(at, at + this.#word);
    if (window !== undefined) {
      const { base, bytes } = window;
      return (this.#word === 4 ? read32 : read64)(bytes, at - base);
    }
    throw new DataFileError(
      this.path,
      `a number at ${at} is not in the file, which has ${this.bytes.length} bytes`,
    );
  }

  /**
   * The record at a position.
   *
   * @throws {DataFileError} if it is not among the records whole.
   */
  record(at: number): CdbRecord {
    const valueLength = this.#checkedValueLength(at);
    const key = at + 2 * this.#word;
    const value = key + this.number(at);
    return { at, key, value, end: value + valueLength };
  }

  /** The length of a record's value, when the whole record is in its place. */
  #checkedValueLength(at: number): number {
    const { recordsStart, recordsEnd } = this.header;
    const key = at + 2 * this.#word;
    if (at < recordsStart || key > recordsEnd) {
      throw new DataFileError(
        this.path,
        `a record at ${at} is not among the records, ` +
          `which are from ${recordsStart} to ${recordsEnd}`,
      );
    }
    const valueLength = this.number(at + this.#word);
    const end = key + this.number(at) + valueLength;
    if (end > recordsEnd) {
      throw new DataFileError(
        this.path,
        `the record at ${at} goes on to ${end}, and the records end at ` +
          `${recordsEnd}`,
      );
    }
    return valueLength;
  }
}

function isKey(
  file: Uint8Array,
  at: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  while (start < end && file[at] === bytes[start]) at++, start++;
  return start === end;
}
