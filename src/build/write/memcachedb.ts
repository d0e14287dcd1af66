/**
 * Writes MemcacheDB's databases: Berkeley DB files whose values are the items of
 * memcached. The layout of an item is told in `storage/memcachedb/memcachedb.ts`.
 *
 * @module
 */

import { recordError } from "../error.ts";
import { SortedRecord } from "../sort/record.ts";
import { BdbWriter } from "./bdb.ts";
import type { Writer } from "./writer.ts";

/** The longest key of a memcached client, in bytes. */
const MAX_KEY_LENGTH = 250;

/** The longest data, in bytes: with CR and LF, a signed number of 32 bits. */
const MAX_DATA_LENGTH = 2 ** 31 - 3;

const HEADER_SIZE = 8;
const utf8 = new TextEncoder();
const CRLF = utf8.encode("\r\n");

/** Writes one file; all flags are 0. */
export class MemcachedbWriter implements Writer {
  readonly #database: BdbWriter;
  readonly #record = new SortedRecord();

  /** Begins a file. */
  constructor(path: string) {
    this.#database = new BdbWriter(path);
  }

  begin(): void {}

  add(record: SortedRecord): void {
    const { bytes, keyStart, valueStart, end } = record;
    const keyLength = valueStart - keyStart, length = end - valueStart;
    if (keyLength === 0 || keyLength > MAX_KEY_LENGTH) {
      throw recordError(
        record.key,
        `it has ${keyLength} bytes, and MemcacheDB takes 1 to ${MAX_KEY_LENGTH}`,
      );
    }
    if (length > MAX_DATA_LENGTH) {
      throw recordError(
        record.key,
        `its value has ${length} bytes, and MemcacheDB takes up to ${MAX_DATA_LENGTH}`,
      );
    }
    const key = bytes.subarray(keyStart, valueStart);
    const suffix = utf8.encode(` 0 ${length}\r\n`);
    const item = this.#begin(key, suffix.length, length);
    let at = item.valueStart + HEADER_SIZE;
    item.bytes.set(key, at);
    at += keyLength;
    item.bytes[at++] = 0;
    item.bytes.set(suffix, at);
    at += suffix.length;
    item.bytes.set(bytes.subarray(valueStart, end), at);
    item.bytes.set(CRLF, at + length);
    this.#database.add(item);
  }

  finish(): void {
    this.#database.finish();
  }

  [Symbol.dispose](): void {
    this.#database[Symbol.dispose]();
  }

  /** Room for key and item, with the item's header in it. */
  #begin(key: Uint8Array, suffix: number, length: number): SortedRecord {
    const record = this.#record;
    record.valueStart = key.length;
    record.end = record.valueStart + HEADER_SIZE + key.length + 1 + suffix +
      length + CRLF.length;
    if (record.bytes.length < record.end) {
      record.bytes = new Uint8Array(2 * record.end);
    }
    record.bytes.set(key);
    const nbytes = length + CRLF.length;
    const header = new DataView(record.bytes.buffer, record.valueStart);
    header.setInt32(0, nbytes, true);
    header.setUint8(4, suffix);
    header.setUint8(5, key.length);
    header.setUint16(6, 0);
    return record;
  }
}
