/**
 * Runs: sorted records in a file, written once and read once.
 *
 * @module
 */

import { OutputFile } from "../write/output_file.ts";
import { HEADER_SIZE, sizeOf, SortedRecord } from "./record.ts";

/** How much of a run is in memory while it is read, if no record is larger. */
const BUFFER_SIZE = 512 * 1024;

const PADDING = new Uint8Array(4);

/** Writes records that come in order into a new file. */
export function writeRun(path: string, records: Iterable<SortedRecord>): void {
  const header = new Uint32Array(3);
  const headerBytes = new Uint8Array(header.buffer);
  using file = new OutputFile(path);
  for (const { bytes, start, keyStart, valueStart, end } of records) {
    header[0] = valueStart - start;
    header[1] = keyStart - start;
    header[2] = end - start;
    file.write(headerBytes, 0, HEADER_SIZE);
    file.write(bytes, start, end);
    file.write(PADDING, 0, sizeOf(end - start) - HEADER_SIZE - (end - start));
  }
  file.flush();
}

/** Reads a run, a record at a time. */
export class RunReader {
  /** The record that was read last. */
  readonly record: SortedRecord = new SortedRecord();
  readonly #file: Deno.FsFile;
  #bytes = new Uint8Array(BUFFER_SIZE);
  #words = new Uint32Array(this.#bytes.buffer);
  /** Where the next record begins in the buffer. */
  #at = 0;
  #end = 0;

  /** Opens the file at `path`. */
  constructor(path: string) {
    this.#file = Deno.openSync(path);
  }

  /** Reads the next record. @returns whether there is one. */
  next(): boolean {
    if (!this.#has(HEADER_SIZE)) return false;
    this.#has(sizeOf(this.#words[(this.#at >> 2) + 2]));
    this.record.read(this.#bytes, this.#words, this.#at);
    this.#at += sizeOf(this.record.end - this.record.start);
    return true;
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file.close();
  }

  /** Brings so many bytes into the buffer, from the next record's begin on. */
  #has(length: number): boolean {
    if (this.#end - this.#at >= length) return true;
    const rest = this.#bytes.subarray(this.#at, this.#end);
    if (length > this.#bytes.length) {
      this.#bytes = new Uint8Array(length);
      this.#words = new Uint32Array(this.#bytes.buffer);
    }
    this.#bytes.set(rest);
    this.#end -= this.#at;
    this.#at = 0;
    while (this.#end < length) {
      const n = this.#file.readSync(this.#bytes.subarray(this.#end));
      if (n === null) return false;
      this.#end += n;
    }
    return true;
  }
}
