/**
 * All records of a GDBM file, bucket by bucket in the order of the directory.
 *
 * @module
 */

import { randomBelow, TRIES } from "../random.ts";
import { DataFileError, Value } from "../storage.ts";
import { UNUSED } from "./layout.ts";
import type { GdbmReader } from "./reader.ts";

/** The parts of a record. */
export interface GdbmRecord {
  /** Where its element is. */
  readonly element: number;
  /** Where the key begins. */
  readonly key: number;
  /** Where the key ends and the value begins. */
  readonly value: number;
  /** Where the value ends. */
  readonly end: number;
}

/** A bucket, and the entries of the directory that tell of it. */
export interface GdbmBucket {
  /** Where it is. */
  readonly at: number;
  /** The first entry. */
  readonly first: number;
  /** The entry behind the last one. */
  readonly past: number;
}

/** All buckets; one that is told of by entries apart comes more than once. */
export function* buckets(reader: GdbmReader): Iterable<GdbmBucket> {
  const entries = 2 ** reader.header.directoryBits;
  for (let first = 0; first < entries;) {
    const at = reader.bucket(first);
    let past = first + 1;
    while (past < entries && reader.bucket(past) === at) past++;
    yield { at, first, past };
    first = past;
  }
}

/**
 * The record of an element; `undefined` if it is not in use.
 *
 * @throws {DataFileError} if the record is not in the file.
 */
export function recordOf(
  reader: GdbmReader,
  element: number,
): GdbmRecord | undefined {
  if (reader.number(element) === UNUSED) return undefined;
  const key = reader.record(element);
  const keyLength = reader.keyLength(element);
  const valueLength = reader.valueLength(element);
  const value = key + keyLength;
  const end = value + valueLength;
  if (keyLength < 0 || valueLength < 0 || end > reader.bytes.length) {
    throw new DataFileError(
      reader.path,
      `the record of the element at byte ${element} is not in the file`,
    );
  }
  return { element, key, value, end };
}

/**
 * The records that a search finds.
 *
 * @throws {DataFileError} if the file is damaged where it was read.
 */
export function* foundRecords(reader: GdbmReader): Iterable<GdbmRecord> {
  const { bytes, header } = reader;
  const found = new Value();
  const seen = new Set<number>();
  for (const { at } of buckets(reader)) {
    if (seen.has(at)) continue;
    seen.add(at);
    for (let n = 0; n < header.bucketElements; n++) {
      const record = recordOf(reader, reader.element(at, n));
      if (record === undefined) continue;
      if (
        reader.find(bytes, record.key, record.value, found) &&
        reader.offsetOf(found) === record.value
      ) yield record;
    }
  }
}

/**
 * The record of a random element of a random bucket, which a search finds. An
 * entry of the directory is chosen as often as another, and so is a hash.
 *
 * @throws {DataFileError} if the file is damaged where it was read.
 */
export function randomRecord(reader: GdbmReader): GdbmRecord | undefined {
  const { bytes, header } = reader;
  const found = new Value();
  for (let n = 0; n < TRIES; n++) {
    const bucket = reader.bucket(randomBelow(2 ** header.directoryBits));
    const element = reader.element(bucket, randomBelow(header.bucketElements));
    const record = recordOf(reader, element);
    if (record === undefined) continue;
    if (
      reader.find(bytes, record.key, record.value, found) &&
      reader.offsetOf(found) === record.value
    ) return record;
  }
  // There are none, or few for so many elements.
  for (const record of foundRecords(reader)) return record;
  return undefined;
}
