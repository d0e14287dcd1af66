/**
 * Constant databases (cdb), read in place.
 *
 * @module
 */

import type {
  Description,
  Entry,
  Fault,
  OpenOptions,
  Snapshot,
  Value,
} from "../storage.ts";
import { JoinedKeysSnapshot } from "../joined_keys.ts";
import { check } from "./check.ts";
import { CdbReader } from "./reader.ts";
import { foundRecords, randomRecord, records } from "./walk.ts";

/**
 * Makes a snapshot of a constant database, of the classic form or the 64-bit
 * one. With `namespaced`, its keys are `ns:key`.
 *
 * @param path is for messages.
 * @throws {DataFileError} if it is not a constant database.
 */
export function openCdb(
  bytes: Uint8Array,
  path: string,
  options: OpenOptions,
): Snapshot {
  const reader = new CdbReader(bytes, path);
  const all = new CdbSnapshot(reader);
  return options.namespaced
    ? new JoinedKeysSnapshot(all, options.separator ?? ":")
    : all;
}

/** A snapshot over a file whose keys are served as they are. */
class CdbSnapshot implements Snapshot {
  readonly #reader: CdbReader;

  constructor(reader: CdbReader) {
    this.#reader = reader;
  }

  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    return this.#reader.find(bytes, start, end, value);
  }

  *entries(): Iterable<Entry> {
    const { bytes } = this.#reader;
    for (const { key, value, end } of foundRecords(this.#reader)) {
      yield {
        key: bytes.subarray(key, value),
        value: bytes.subarray(value, end),
      };
    }
  }

  *allEntries(): Iterable<Entry> {
    const { bytes } = this.#reader;
    for (const { key, value, end } of records(this.#reader)) {
      yield {
        key: bytes.subarray(key, value),
        value: bytes.subarray(value, end),
      };
    }
  }

  randomKey(): Uint8Array | undefined {
    const record = randomRecord(this.#reader);
    return record && this.#reader.bytes.subarray(record.key, record.value);
  }

  count(): number {
    let count = 0;
    for (const _ of foundRecords(this.#reader)) count++;
    return count;
  }

  describe(): Description {
    const { word } = this.#reader.header;
    return { version: word === 4 ? "classic, 32-bit" : "64-bit" };
  }

  check(): Iterable<Fault> {
    return check(this.#reader);
  }
}
