/**
 * Sorted records with equal keys.
 *
 * @module
 */

import { recordError } from "../error.ts";
import { compareRecords, SortedRecord } from "./record.ts";

/** What to do about a key that comes again: keep the `last` value, or … */
export type Duplicates = "last" | "first" | "error";

/**
 * The first of each group of records with equal prefixes and keys.
 *
 * @param duplicates `error` refuses a second record; what the others mean is a
 * matter of the order that the records are sorted in.
 * @param onLeftOut is called for each record that is left out.
 * @throws {BuildError} that names the key.
 */
export function* unique(
  records: Iterable<SortedRecord>,
  duplicates: Duplicates,
  onLeftOut: () => void,
): Generator<SortedRecord> {
  const last = new SortedRecord();
  last.bytes = new Uint8Array(1024);
  last.valueStart = -1; // shorter than any key
  for (const record of records) {
    if (compareRecords(record, last) === 0) {
      if (duplicates !== "error") {
        onLeftOut();
        continue;
      }
      throw recordError(
        record.key,
        "is there more than once; with -duplicates last or first one is kept",
      );
    }
    keepKey(record, last);
    yield record;
  }
}

/** The reader overwrites the record: its key has to be copied. */
function keepKey(record: SortedRecord, last: SortedRecord): void {
  const { bytes, start, valueStart } = record;
  const length = valueStart - start;
  if (last.bytes.length < length) last.bytes = new Uint8Array(2 * length);
  for (let i = 0; i < length; i++) last.bytes[i] = bytes[start + i];
  last.valueStart = length;
}
