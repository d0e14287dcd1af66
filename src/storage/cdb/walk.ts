/**
 * All records of a constant database, in the order of the file.
 *
 * @module
 */

import { randomBelow, TRIES } from "../random.ts";
import { Value } from "../storage.ts";
import { TABLES } from "./layout.ts";
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

/**
 * A record of a random slot of the hash tables, which a search finds; half of
 * the slots have one, as a rule.
 *
 * @throws {DataFileError} if the file is damaged where it was read.
 */
export function randomRecord(reader: CdbReader): CdbRecord | undefined {
  const { positions, slots, word } = reader.header;
  const { bytes } = reader;
  const found = new Value();
  let all = 0;
  for (const count of slots) all += count;
  for (let n = 0; n < TRIES && all > 0; n++) {
    let slot = randomBelow(all);
    let table = 0;
    while (table < TABLES - 1 && slot >= slots[table]) slot -= slots[table++];
    const at = reader.number(positions[table] + slot * 2 * word + word);
    if (at === 0) continue;
    const record = reader.record(at);
    if (
      reader.find(bytes, record.key, record.value, found) &&
      reader.offsetOf(found) === record.value
    ) return record;
  }
  // There are no records, or hardly any of those in the tables can be found.
  for (const record of foundRecords(reader)) return record;
  return undefined;
}
