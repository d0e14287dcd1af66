/**
 * A byte table whose records are grouped by namespace. A second, small table
 * gives each namespace's number; the number is part of a record's hash and
 * stands before it in the arena (`layout.ts`).
 *
 * @module
 */

import { TRIES } from "../random.ts";
import {
  type Cost,
  type Entry,
  type Fault,
  type NamespacedSnapshot,
  Value,
} from "../storage.ts";
import { TableBuilder, type TableHints } from "./builder.ts";
import type { TableMemory } from "./layout.ts";
import { readNumber, TableSnapshot } from "./table.ts";

/** Behind a namespace's number stands whether it has records. */
const HAS_RECORDS = 4;

/** A snapshot over a byte table with namespaces. */
export class NamespacedTableSnapshot implements NamespacedSnapshot {
  /** What reading costs: each record is led to by its namespace. */
  readonly cost: Cost = { find: 500, next: 500, first: 1000 };
  readonly #keys: number;
  readonly #names: TableSnapshot;
  readonly #records: TableSnapshot;
  readonly #number = new Value();

  /** Attaches to a table that was built with namespaces. */
  constructor(memory: TableMemory & { namespaces: TableMemory }) {
    this.#keys = memory.keys;
    this.#names = new TableSnapshot(memory.namespaces);
    this.#records = new TableSnapshot(memory);
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
    const number = this.#number;
    return this.#names.find(bytes, nsStart, nsEnd, number) &&
      this.#records.findNumbered(
        readNumber(number.bytes, number.start),
        bytes,
        start,
        end,
        value,
      );
  }

  /** How many records there are. */
  count(): number {
    return this.#keys;
  }

  /** What was built here has no faults. */
  check(): Iterable<Fault> {
    return [];
  }

  /** All records, in the order of the file. */
  *entries(): Iterable<Entry> {
    // Both are in the order of the numbers; those that are left out have been
    // replaced.
    const names = this.#names.entries()[Symbol.iterator]();
    let number = -1, name: Uint8Array | undefined;
    for (const { namespace, entry } of this.#records.numberedEntries()) {
      while (number < namespace) {
        const { done, value: named } = names.next();
        if (done) return;
        number = readNumber(named.value, 0);
        name = named.key;
      }
      if (number === namespace) yield { namespace: name, ...entry };
    }
  }

  /** A random namespace: each that has records is as likely as another. */
  randomNamespace(): Uint8Array | undefined {
    for (let n = 0; n < TRIES; n++) {
      const named = this.#names.randomRecord()?.entry;
      if (named === undefined) return undefined;
      if (named.value[HAS_RECORDS] === 1) return named.key;
    }
    // Hardly any has records.
    for (const { namespace } of this.entries()) return namespace;
    return undefined;
  }
}

/** Builds a byte table with namespaces. The last of equal namespaces wins. */
export class NamespacedTableBuilder {
  readonly #names = new TableBuilder();
  readonly #records: TableBuilder;
  /** How many keys each namespace has, by its number. */
  readonly #keysOf: number[] = [];
  #number = -1;
  #before = 0;

  /** Reserves memory as `hints` suggest. */
  constructor(hints: TableHints = {}) {
    this.#records = new TableBuilder({ ...hints, namespaced: true });
  }

  /** Begins a namespace: what is added next belongs to it. */
  begin(name: Uint8Array): void {
    this.#end();
    const number = ++this.#number;
    this.#names.set(name, new Uint8Array(new Uint32Array([number, 0]).buffer));
  }

  /** Adds a record to the namespace; see {@linkcode TableBuilder.add}. */
  add(
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.#records.add(
      this.#number,
      keyBytes,
      keyStart,
      keyEnd,
      valueBytes,
      valueStart,
      valueEnd,
    );
  }

  /** The finished table. The builder must not be used again. */
  finish(): TableMemory & { namespaces: TableMemory } {
    this.#end();
    const namespaces = this.#names.finish();
    let keys = 0;
    for (const { value } of new TableSnapshot(namespaces).entries()) {
      const count = this.#keysOf[readNumber(value, 0)];
      value[HAS_RECORDS] = count > 0 ? 1 : 0;
      keys += count;
    }
    return { ...this.#records.finish(), keys, namespaces };
  }

  /** Gives the memory back instead. The builder must not be used again. */
  abandon(): void {
    this.#names.abandon();
    this.#records.abandon();
  }

  #end(): void {
    if (this.#number >= 0) {
      this.#keysOf[this.#number] = this.#records.keys - this.#before;
    }
    this.#before = this.#records.keys;
  }
}
