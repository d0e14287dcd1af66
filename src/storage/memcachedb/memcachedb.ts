/**
 * MemcacheDB's records: the items of memcached 1.2, as values of a Berkeley DB.
 *
 * ```text
 * 0  nbytes   4  signed, little-endian also in a big-endian file: the length of
 *                the data with the CR and LF behind them
 * 4  nsuffix  1  the length of the suffix
 * 5  nkey     1  the length of the key
 * 6  padding  2
 * 8  key      nkey bytes, and a NUL
 *    suffix   nsuffix bytes: " <flags> <length>\r\n", in decimal digits
 *    data     nbytes bytes, with CR and LF at their end
 * ```
 *
 * A record that is not of this form is a miss, and is counted.
 *
 * @module
 */

import { openBdb } from "../bdb/bdb.ts";
import { TRIES } from "../random.ts";
import {
  type Cost,
  type Description,
  type Entry,
  type Fault,
  isNamespaced,
  type NamespacedSnapshot,
  type Note,
  type OpenOptions,
  type Snapshot,
  USUAL_COST,
  Value,
} from "../storage.ts";

const HEADER_SIZE = 8;
const SPACE = 0x20, CR = 0x0d, LF = 0x0a, ZERO = 0x30, NINE = 0x39;
const LARGEST_FLAGS = 0xffffffff;

/**
 * Opens a database that MemcacheDB has written; with namespaces, keys have their
 * namespace before them.
 *
 * @throws {DataFileError} if it is not a Berkeley DB file.
 */
export function openMemcachedb(
  bytes: Uint8Array,
  path: string,
  options: OpenOptions,
): Snapshot {
  const records = openBdb(bytes, path, options);
  return isNamespaced(records)
    ? new NamespacedMemcachedbSnapshot(records)
    : new MemcachedbSnapshot(records);
}

/** Shows the data within the records of a database. */
export class MemcachedbSnapshot implements Snapshot {
  /** What reading costs. */
  readonly cost: Cost;
  readonly #records: Snapshot;
  #damaged = 0;

  /** Reads the records that are the values of a database. */
  constructor(records: Snapshot) {
    this.#records = records;
    this.cost = records.cost ?? USUAL_COST;
  }

  /** How many records a look-up has met that are not what they should be. */
  get damaged(): number {
    return this.#damaged;
  }

  /** Finds the data and the flags of a key; see {@linkcode Snapshot.find}. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    return this.#records.find(bytes, start, end, value) && this.unwrap(value);
  }

  /** All records that are sound, in the order of the database. */
  entries(): Iterable<Entry> {
    return soundOnes(this.#records.entries());
  }

  /** The same with all of several with one key. */
  allEntries(): Iterable<Entry> | undefined {
    const all = this.#records.allEntries?.();
    return all && soundOnes(all);
  }

  /** A random key of a sound record; see {@linkcode Snapshot.randomKey}. */
  randomKey(): Uint8Array | undefined {
    const value = new Value();
    for (let n = 0; n < TRIES; n++) {
      const key = this.#records.randomKey?.();
      if (key === undefined) break;
      const isThere = this.#records.find(key, 0, key.length, value);
      if (isThere && readItem(value)) return key;
    }
    for (const { key } of this.entries()) return key;
    return undefined;
  }

  /** How many sound records there are. */
  count(): number {
    let count = 0;
    for (const _ of this.entries()) count++;
    return count;
  }

  /** Refuses a B-tree whose keys are in an order of their own. */
  checkOrder(all: boolean): void {
    this.#records.checkOrder?.(all);
  }

  /** What the file says of itself. */
  describe(): Description {
    return this.#records.describe?.() ?? {};
  }

  /** The faults of the file, and the records that are damaged. */
  *check(note?: Note): Iterable<Fault> {
    yield* this.#records.check(note);
    const value = new Value();
    for (const { key, value: record } of this.#records.entries()) {
      value.bytes = record;
      value.start = 0;
      value.end = record.length;
      if (readItem(value)) continue;
      const name = JSON.stringify(new TextDecoder().decode(key));
      yield { place: `key ${name}`, problem: "is not a MemcacheDB record" };
    }
  }

  /** Replaces a record by the data within it, or counts it as damaged. */
  protected unwrap(value: Value): boolean {
    if (readItem(value)) return true;
    this.#damaged++;
    return false;
  }
}

function* soundOnes(entries: Iterable<Entry>): Iterable<Entry> {
  const value = new Value();
  for (const { key, value: record } of entries) {
    value.bytes = record;
    value.start = 0;
    value.end = record.length;
    if (readItem(value)) {
      yield { key, value: record.subarray(value.start, value.end) };
    }
  }
}

class NamespacedMemcachedbSnapshot extends MemcachedbSnapshot
  implements NamespacedSnapshot {
  readonly #inner: NamespacedSnapshot;

  constructor(records: NamespacedSnapshot) {
    super(records);
    this.#inner = records;
  }

  findIn(
    bytes: Uint8Array,
    nsStart: number,
    nsEnd: number,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    return this.#inner.findIn(bytes, nsStart, nsEnd, start, end, value) &&
      this.unwrap(value);
  }
}

/**
 * Narrows a value that is a record down to the data within it, and sets its
 * flags.
 *
 * @returns whether it is a record; if not, the value is undefined.
 */
function readItem(value: Value): boolean {
  const { bytes, start, end } = value;
  if (end - start < HEADER_SIZE) return false;
  const nbytes = bytes[start] | bytes[start + 1] << 8 |
    bytes[start + 2] << 16 | bytes[start + 3] << 24;
  const suffix = start + HEADER_SIZE + bytes[start + 5] + 1;
  const data = suffix + bytes[start + 4];
  // Longer than the item may a value be, shorter may it not.
  if (nbytes < 2 || data + nbytes > end || bytes[suffix - 1] !== 0) {
    return false;
  }
  if (!endsLine(bytes, suffix, data)) return false;
  if (!endsLine(bytes, data, data + nbytes)) return false;
  const flags = readFlags(bytes, suffix, data);
  if (flags < 0) return false;
  value.start = data;
  value.end = data + nbytes - 2;
  value.flags = flags;
  return true;
}

function endsLine(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start >= 2 && bytes[end - 2] === CR && bytes[end - 1] === LF;
}

/** The number behind the first space of the suffix; -1 if there is none. */
function readFlags(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at++] !== SPACE) return -1;
  const first = at;
  let flags = 0;
  for (; at < end && bytes[at] >= ZERO && bytes[at] <= NINE; at++) {
    flags = flags * 10 + bytes[at] - ZERO;
  }
  return at > first && bytes[at] === SPACE && flags <= LARGEST_FLAGS
    ? flags
    : -1;
}
