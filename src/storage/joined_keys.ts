/**
 * Namespaces in formats that know none: a stored key is the name of its
 * namespace, a separator, and the key.
 *
 * @module
 */

import { TRIES } from "./random.ts";
import {
  type Cost,
  type Description,
  type Entry,
  type Fault,
  type NamespacedSnapshot,
  type Snapshot,
  USUAL_COST,
  type Value,
} from "./storage.ts";

/** A snapshot whose stored keys are `ns:key`. */
export class JoinedKeysSnapshot implements NamespacedSnapshot {
  readonly #records: Snapshot;
  readonly #separator: number;
  #joined = new Uint8Array(256);

  /**
   * Groups the records of a snapshot by what is before the separator.
   *
   * @param separator one ASCII character.
   */
  constructor(records: Snapshot, separator: string) {
    this.#records = records;
    this.#separator = separator.charCodeAt(0);
  }

  /** A key without a namespace is in none of them: always a miss. */
  find(): boolean {
    return false;
  }

  /** Finds a key of a namespace; see {@linkcode NamespacedSnapshot.findIn}. */
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
      return this.#records.find(bytes, nsStart, end, value);
    }
    const length = nsEnd - nsStart + 1 + end - start;
    if (this.#joined.length < length) this.#joined = new Uint8Array(2 * length);
    const joined = this.#joined;
    let at = 0;
    for (let i = nsStart; i < nsEnd; i++) joined[at++] = bytes[i];
    joined[at++] = this.#separator;
    for (let i = start; i < end; i++) joined[at++] = bytes[i];
    return this.#records.find(joined, 0, length, value);
  }

  /** All records; those without a separator in their key have no namespace. */
  entries(): Iterable<Entry> {
    return this.#parted(this.#records.entries());
  }

  /** The same with all of several with one key. */
  allEntries(): Iterable<Entry> | undefined {
    const all = this.#records.allEntries?.();
    return all && this.#parted(all);
  }

  *#parted(entries: Iterable<Entry>): Iterable<Entry> {
    for (const { key, value } of entries) {
      const at = key.indexOf(this.#separator);
      yield at < 0
        ? { key, value }
        : { namespace: key.subarray(0, at), key: key.subarray(at + 1), value };
    }
  }

  /** That of a random record: large ones are more likely than small ones. */
  randomNamespace(): Uint8Array | undefined {
    for (let n = 0; n < TRIES; n++) {
      const key = this.#records.randomKey?.();
      const at = key?.indexOf(this.#separator) ?? -1;
      if (at >= 0) return key!.subarray(0, at);
    }
    for (const { namespace } of this.entries()) {
      if (namespace !== undefined) return namespace;
    }
    return undefined;
  }

  /** What reading costs. */
  get cost(): Cost {
    return this.#records.cost ?? USUAL_COST;
  }

  /** How many records there are. */
  count(): number {
    return this.#records.count();
  }

  /** What the file says of itself. */
  describe(): Description {
    return this.#records.describe?.() ?? {};
  }

  /** Checks the whole file. */
  check(): Iterable<Fault> {
    return this.#records.check();
  }
}
