/**
 * Constant databases (cdb), read in place.
 *
 * @module
 */

import type {
  Description,
  Entry,
  Fault,
  NamespacedSnapshot,
  OpenOptions,
  Snapshot,
  Value,
} from "../storage.ts";
import { TRIES } from "../random.ts";
import { check } from "./check.ts";
import { CdbReader } from "./reader.ts";
import { foundRecords, randomRecord } from "./walk.ts";

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
  return options.namespaced
    ? new NamespacedCdbSnapshot(reader, options.separator ?? ":")
    : new CdbSnapshot(reader);
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

/** A snapshot over a file whose keys begin with a namespace. */
class NamespacedCdbSnapshot implements NamespacedSnapshot {
  readonly #reader: CdbReader;
  readonly #all: CdbSnapshot;
  readonly #separator: number;
  #joined = new Uint8Array(256);

  constructor(reader: CdbReader, separator: string) {
    this.#reader = reader;
    this.#all = new CdbSnapshot(reader);
    this.#separator = separator.charCodeAt(0);
  }

  /** A key without a namespace is in none of them: always a miss. */
  find(): boolean {
    return false;
  }

  findIn(
    bytes: Uint8Array,
    nsStart: number,
    nsEnd: number,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    // As it came over the wire, it often is the stored key already.
    if (start === nsEnd + 1 && bytes[nsEnd] === this.#separator) {
      return this.#reader.find(bytes, nsStart, end, value);
    }
    const length = nsEnd - nsStart + 1 + end - start;
    if (this.#joined.length < length) this.#joined = new Uint8Array(2 * length);
    const joined = this.#joined;
    let at = 0;
    for (let i = nsStart; i < nsEnd; i++) joined[at++] = bytes[i];
    joined[at++] = this.#separator;
    for (let i = start; i < end; i++) joined[at++] = bytes[i];
    return this.#reader.find(joined, 0, length, value);
  }

  /** All records; those without a separator in their key have no namespace. */
  *entries(): Iterable<Entry> {
    for (const { key, value } of this.#all.entries()) {
      const at = key.indexOf(this.#separator);
      yield at < 0
        ? { key, value }
        : { namespace: key.subarray(0, at), key: key.subarray(at + 1), value };
    }
  }

  /** That of a random record: large ones are more likely than small ones. */
  randomNamespace(): Uint8Array | undefined {
    for (let n = 0; n < TRIES; n++) {
      const key = this.#all.randomKey();
      const at = key?.indexOf(this.#separator) ?? -1;
      if (at >= 0) return key!.subarray(0, at);
    }
    for (const { namespace } of this.entries()) {
      if (namespace !== undefined) return namespace;
    }
    return undefined;
  }

  count(): number {
    return this.#all.count();
  }

  describe(): Description {
    return this.#all.describe();
  }

  check(): Iterable<Fault> {
    return this.#all.check();
  }
}
