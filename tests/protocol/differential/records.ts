/**
 * The small data set that both servers have: keys and values with anything in
 * them that a protocol could stumble over.
 */

import { DataSet } from "../../../src/handler/data_set.ts";
import type {
  Entry,
  Fault,
  Snapshot,
  Value,
} from "../../../src/storage/storage.ts";
import { fromLatin1, latin1 } from "../converse.ts";

/** A record; a character a byte. */
export interface Record {
  key: string;
  value: string;
  flags: number;
}

/** A record with a value that takes several packets. */
export const LARGE: Record = {
  key: "hit:large",
  value: "0123456789abcdef".repeat(1250),
  flags: 0,
};

/** Records whose keys the text protocol can ask for. */
export const TEXT_RECORDS: Record[] = [
  { key: "hit:k", value: "abc", flags: 7 },
  { key: "hit:empty", value: "", flags: 0 },
  { key: "hit:n", value: "12345", flags: 4294967295 },
  { key: "hit:\tab", value: "a tab\0and a NUL", flags: 0 },
  { key: "hit:\xff\x80\x01", value: "\xff\x80\r\n", flags: 1 },
  { key: "hit:" + "S".repeat(246), value: "the longest key", flags: 0 },
  {
    key: "hit:lines",
    value: "END\r\nVALUE hit:k 0 3\r\nabc\r\nMN\r\n",
    flags: 0,
  },
  { key: "hit:medium", value: "m".repeat(300), flags: 65536 },
  LARGE,
];

/** A record whose value is longer than a reply may grow. */
export const HUGE: Record = {
  key: "hit:huge",
  value: "0123456789".repeat(60_000),
  flags: 3,
};

/** Records whose keys only base64 and the binary protocol can ask for. */
export const BINARY_RECORDS: Record[] = [
  { key: "hit bin", value: "a space", flags: 0 },
  { key: "\0\0", value: "zeros", flags: 2 },
  { key: "hit:k\r\nget hit:k", value: "lines", flags: 0 },
  { key: "\x80\xff\xfe", value: "", flags: 9 },
];

const ALL = [...TEXT_RECORDS, HUGE, ...BINARY_RECORDS];

let snapshot: RecordSnapshot | undefined;

/** The records as a data set. */
export function recordsDataSet(): DataSet {
  snapshot ??= new RecordSnapshot(ALL);
  return new DataSet(snapshot, {
    path: "records",
    storage: "test",
    sum: "0000000000000002aaaaaaaaaaaaaaaa",
    size: 1,
    keys: ALL.length,
    openedAt: 0,
  });
}

/** The requests that put the records into a memcached. */
export function fillingRequests(): string {
  const store = ({ key, value, flags }: Record) =>
    `set ${key} ${flags} 0 ${value.length}\r\n${value}\r\n`;
  const metaStore = ({ key, value, flags }: Record) =>
    `ms ${btoa(key)} ${value.length} b F${flags}\r\n${value}\r\n`;
  return [...TEXT_RECORDS, HUGE].map(store).join("") +
    BINARY_RECORDS.map(metaStore).join("");
}

/** A snapshot with flags. */
export class RecordSnapshot implements Snapshot {
  readonly #records = new Map<string, { bytes: Uint8Array; flags: number }>();

  constructor(records: readonly Record[]) {
    for (const { key, value, flags } of records) {
      this.#records.set(key, { bytes: latin1(value), flags });
    }
  }

  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const found = this.#records.get(fromLatin1(bytes.subarray(start, end)));
    if (found === undefined) return false;
    value.bytes = found.bytes;
    value.start = 0;
    value.end = found.bytes.length;
    value.flags = found.flags;
    return true;
  }

  *entries(): Iterable<Entry> {
    for (const [key, { bytes }] of this.#records) {
      yield { key: latin1(key), value: bytes };
    }
  }

  count(): number {
    return this.#records.size;
  }

  check(): Iterable<Fault> {
    return [];
  }
}
