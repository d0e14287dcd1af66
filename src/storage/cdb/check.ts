/**
 * Checks a whole constant database.
 *
 * @module
 */

import { problemOf } from "../problem_of.ts";
import { type Fault, Value } from "../storage.ts";
import { hash, TABLES } from "./layout.ts";
import type { CdbReader, CdbRecord } from "./reader.ts";
import { records } from "./walk.ts";

/** Tells all that is wrong with a file. */
export function* check(reader: CdbReader): Iterable<Fault> {
  yield* checkTablePositions(reader);
  let filled = 0;
  for (let table = 0; table < TABLES; table++) {
    filled += yield* checkSlots(reader, table);
  }
  const count = yield* checkRecords(reader);
  if (count !== filled) {
    yield { place: "tables", problem: `${filled} slots for ${count} records` };
  }
}

/**
 * The tables follow the records, and each other, up to the end of the file; also
 * those without slots: tinycdb takes the first for the end of the records.
 */
function* checkTablePositions({ header, bytes }: CdbReader): Iterable<Fault> {
  const { positions, slots, word, recordsEnd } = header;
  let end = recordsEnd;
  for (let table = 0; table < TABLES; table++) {
    if (positions[table] !== end) {
      yield {
        place: `table ${table}`,
        problem: `begins at ${positions[table]}, what is before it ends at ` +
          `${end}`,
      };
      end = positions[table];
    }
    end += slots[table] * 2 * word;
  }
  if (end !== bytes.length) {
    yield {
      place: "tables",
      problem: `end at ${end}, the file at ${bytes.length}`,
    };
  }
}

/** Each slot in use has the hash of the record that it points to. */
function* checkSlots(
  reader: CdbReader,
  table: number,
): Generator<Fault, number> {
  const { word, positions, slots } = reader.header;
  let filled = 0;
  for (let n = 0; n < slots[table]; n++) {
    const at = positions[table] + n * 2 * word;
    const position = reader.number(at + word);
    if (position === 0) continue;
    filled++;
    const problem = problemOf(() => {
      const { key, value } = reader.record(position);
      const actual = hash(reader.bytes, key, value);
      if (reader.number(at) !== actual) return "does not have its key's hash";
      if (actual % TABLES !== table) return "is in the wrong table";
    });
    if (problem) yield { place: `table ${table}, slot ${n}`, problem };
  }
  return filled;
}

/** Each record is whole, and a search finds it, or one before it. */
function* checkRecords(reader: CdbReader): Generator<Fault, number> {
  const found = new Value();
  const walk = records(reader)[Symbol.iterator]();
  for (let count = 0;; count++) {
    let record: CdbRecord | undefined;
    const cut = problemOf(() => {
      record = walk.next().value;
    });
    if (cut) yield { place: "records", problem: cut };
    if (record === undefined) return count;
    const { at, key, value } = record;
    const problem = problemOf(() => {
      const isFound = reader.find(reader.bytes, key, value, found);
      if (!isFound || reader.offsetOf(found) > value) {
        return "a search does not find it";
      }
    });
    if (problem) yield { place: `record at ${at}`, problem };
  }
}
