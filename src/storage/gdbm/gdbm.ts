/**
 * GDBM files, read in place: what Python's `dbm` and `shelve` write on Linux,
 * and many older programs.
 *
 * @module
 */

import { JoinedKeysSnapshot } from "../joined_keys.ts";
import type {
  Description,
  Entry,
  Fault,
  OpenOptions,
  Snapshot,
  Value,
} from "../storage.ts";
import { check } from "./check.ts";
import { GdbmReader } from "./reader.ts";
import { foundRecords, randomRecord } from "./walk.ts";

/**
 * Makes a snapshot of a GDBM file of any form. With `namespaced`, its keys are
 * `ns:key`.
 *
 * @param path is for messages.
 * @throws {DataFileError} if it is not a GDBM file.
 */
export function openGdbm(
  bytes: Uint8Array,
  path: string,
  options: OpenOptions,
): Snapshot {
  const records = new GdbmSnapshot(new GdbmReader(bytes, path));
  return options.namespaced
    ? new JoinedKeysSnapshot(records, options.separator ?? ":")
    : records;
}

class GdbmSnapshot implements Snapshot {
  readonly #reader: GdbmReader;

  constructor(reader: GdbmReader) {
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
    const { little, layout, extended, directoryBits, ...header } =
      this.#reader.header;
    return {
      form: extended ? "extended" : "standard",
      "offset size": layout.offset,
      "byte order": little ? "little-endian" : "big-endian",
      "block size": header.blockSize,
      "directory entries": 2 ** directoryBits,
    };
  }

  check(): Iterable<Fault> {
    return check(this.#reader);
  }
}
