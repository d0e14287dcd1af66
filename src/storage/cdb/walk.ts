/**
 * All records of a constant database, in the order of the file.
 *
 * @module
 */

import { Value } from "../storage.ts";
import type { CdbReader, CdbRecord } from "./reader.ts";

/**
 * All records, also those that no search finds.
 *
 * @throws {DataFileError} if a record is not whole.
 */
export function* records(reader: CdbReader): Iterable<CdbRecord> {
  const { recordsStart, recordsEnd } = reader.header;
  for (let at = recordsStart; at < recordsEnd;) {
    const record = reader.record(at);
    yield record;
    at = record.end;
  }
}

/**
 * The records that a search finds: of those with equal keys, the first.
 *
 * @throws {DataFileError} if the file is damaged where it was read.
 */
export function* foundRecords(reader: CdbReader): Iterable<CdbRecord> {
  const { bytes } = reader;
  const found = new Value();
  for (const record of records(reader)) {
    if (
      reader.find(bytes, record.key, record.value, found) &&
      reader.offsetOf(found) === record.value
    ) yield record;
  }
}
