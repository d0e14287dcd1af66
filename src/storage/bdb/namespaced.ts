/**
 * Namespaces in a database that has none of its own: a key is stored with the
 * namespace's name put directly before it.
 *
 * @module
 */

import type { Entry, Fault, NamespacedSnapshot, Value } from "../storage.ts";
import type { BtreeSnapshot } from "./btree.ts";
import type { HashSnapshot } from "./hash.ts";

/** A database whose keys begin with the name of their namespace. */
export class NamespacedBdbSnapshot implements NamespacedSnapshot {
  /** What kind of database it is. */
  readonly kind: "btree" | "hash";
  readonly #inner: BtreeSnapshot | HashSnapshot;
  #joined = new Uint8Array(256);

  /** Takes the keys of a database as such. */
  constructor(inner: BtreeSnapshot | HashSnapshot) {
    this.kind = inner.kind;
    this.#inner = inner;
  }

  /** Finds a key as it is stored, with its namespace before it. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    return this.#inner.find(bytes, start, end, value);
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
    const length = nsEnd - nsStart + end - start;
    if (length > this.#joined.length) this.#joined = new Uint8Array(2 * length);
    const joined = this.#joined;
    let at = 0;
    while (nsStart < nsEnd) joined[at++] = bytes[nsStart++];
    while (start < end) joined[at++] = bytes[start++];
    return this.#inner.find(joined, 0, length, value);
  }

  /** All records. Where a namespace ends in a key, nobody can tell. */
  entries(): Iterable<Entry> {
    return this.#inner.entries();
  }

  /** How many records there are. */
  count(): number {
    return this.#inner.count();
  }

  /** Checks the whole file. */
  check(): Iterable<Fault> {
    return this.#inner.check();
  }
}
