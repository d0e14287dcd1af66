/**
 * Files of C programs whose keys and values end with a NUL, as Postfix and Exim
 * write them: they are served without it.
 *
 * @module
 */

import { TRIES } from "./random.ts";
import {
  type Cost,
  type Description,
  type Entry,
  type Fault,
  isNamespaced,
  type NamespacedSnapshot,
  type Note,
  type Snapshot,
  USUAL_COST,
  type Value,
} from "./storage.ts";

/** A snapshot whose keys and values end with a NUL that nobody sees. */
export function withoutNul(records: Snapshot): Snapshot {
  return isNamespaced(records)
    ? new NamespacedNulTerminatedSnapshot(records)
    : new NulTerminatedSnapshot(records);
}

/** Looks keys up with a NUL behind them. Those without one are not found. */
class NulTerminatedSnapshot implements Snapshot {
  readonly #records: Snapshot;
  #key = new Uint8Array(256);

  constructor(records: Snapshot) {
    this.#records = records;
  }

  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const length = this.terminate(bytes, start, start, start, end);
    if (!this.#records.find(this.#key, 0, length, value)) return false;
    strip(value);
    return true;
  }

  entries(): Iterable<Entry> {
    return stripped(this.#records.entries());
  }

  allEntries(): Iterable<Entry> | undefined {
    const all = this.#records.allEntries?.();
    return all && stripped(all);
  }

  count(): number {
    let count = 0;
    for (const { key } of this.#records.entries()) {
      if (isTerminated(key)) count++;
    }
    return count;
  }

  /** Absent where the records have none; see {@linkcode Snapshot.randomKey}. */
  get randomKey(): Snapshot["randomKey"] {
    const records = this.#records;
    if (records.randomKey === undefined) return undefined;
    return () => {
      for (let n = 0; n < TRIES; n++) {
        const key = records.randomKey!();
        if (key !== undefined && isTerminated(key)) return key.subarray(0, -1);
      }
      for (const { key } of this.entries()) return key;
      return undefined;
    };
  }

  get cost(): Cost {
    return this.#records.cost ?? USUAL_COST;
  }

  get damaged(): number {
    return this.#records.damaged ?? 0;
  }

  describe(): Description {
    return this.#records.describe?.() ?? {};
  }

  check(note?: Note): Iterable<Fault> {
    return this.#records.check(note);
  }

  checkOrder(all: boolean): void {
    this.#records.checkOrder?.(all);
  }

  close(): void {
    this.#records.close?.();
  }

  /**
   * Copies a namespace, and behind it a key with a NUL.
   *
   * @returns the length of all.
   */
  protected terminate(
    bytes: Uint8Array,
    nsStart: number,
    nsEnd: number,
    start: number,
    end: number,
  ): number {
    const length = nsEnd - nsStart + end - start + 1;
    if (this.#key.length < length) this.#key = new Uint8Array(2 * length);
    const key = this.#key;
    let to = 0;
    while (nsStart < nsEnd) key[to++] = bytes[nsStart++];
    while (start < end) key[to++] = bytes[start++];
    key[to] = 0;
    return length;
  }

  /** The key that was copied last. */
  protected get terminated(): Uint8Array {
    return this.#key;
  }
}

class NamespacedNulTerminatedSnapshot extends NulTerminatedSnapshot
  implements NamespacedSnapshot {
  readonly #records: NamespacedSnapshot;

  constructor(records: NamespacedSnapshot) {
    super(records);
    this.#records = records;
  }

  /** Absent where only reading all records would tell. */
  get namespaces(): NamespacedSnapshot["namespaces"] {
    return this.#records.namespaces?.bind(this.#records);
  }

  /** Comes with {@linkcode namespaces}. */
  get entriesIn(): NamespacedSnapshot["entriesIn"] {
    const records = this.#records;
    if (records.entriesIn === undefined) return undefined;
    return (namespace) => stripped(records.entriesIn!(namespace));
  }

  /** Absent where records do not tell their namespace. */
  get randomNamespace(): NamespacedSnapshot["randomNamespace"] {
    return this.#records.randomNamespace?.bind(this.#records);
  }

  findIn(
    bytes: Uint8Array,
    nsStart: number,
    nsEnd: number,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    const length = this.terminate(bytes, nsStart, nsEnd, start, end);
    const border = nsEnd - nsStart;
    const found = this.#records
      .findIn(this.terminated, 0, border, border, length, value);
    if (found) strip(value);
    return found;
  }
}

function* stripped(entries: Iterable<Entry>): Iterable<Entry> {
  for (const entry of entries) {
    if (!isTerminated(entry.key)) continue;
    yield {
      ...entry,
      key: entry.key.subarray(0, -1),
      value: isTerminated(entry.value)
        ? entry.value.subarray(0, -1)
        : entry.value,
    };
  }
}

function isTerminated(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[bytes.length - 1] === 0;
}

/** Leaves the NUL at the end of a value out. */
function strip(value: Value): void {
  if (value.end > value.start && value.bytes[value.end - 1] === 0) value.end--;
}
