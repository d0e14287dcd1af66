/**
 * All named databases of an LMDB file as a data set with namespaces.
 *
 * @module
 */

import { RandomWalks } from "../random.ts";
import {
  type Cost,
  type Description,
  type Entry,
  type Fault,
  type NamespacedSnapshot,
  type Note,
  TREE_COST,
  type Value,
} from "../storage.ts";
import { checkFile } from "./check.ts";
import { Database } from "./database.ts";
import type { Environment } from "./environment.ts";
import { checkOrder } from "./key_order.ts";
import { F_SUBDATA } from "./layout.ts";
import { randomNode } from "./random.ts";
import { allEntriesOf, countOf, entriesOf } from "./snapshot.ts";
import { P_INVALID } from "./tree.ts";
import { nodeFlags, readValue } from "./values.ts";

/** So many databases are looked at to tell their order, if not all. */
const SAMPLE = 16;

/** A snapshot with a namespace for each named database. */
export class NamespacedLmdbSnapshot implements NamespacedSnapshot {
  /** What reading costs. */
  readonly cost: Cost = TREE_COST;
  readonly #walks = new RandomWalks();
  readonly #environment: Environment;
  // The database of the last look-up.
  readonly #database: Database;

  /** Reads the named databases of this environment. */
  constructor(environment: Environment) {
    this.#environment = environment;
    this.#database = new Database(environment.pages);
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
    const database = this.#database;
    if (!this.#environment.findNamed(bytes, nsStart, nsEnd, database)) {
      return false;
    }
    const node = database.search(bytes, start, end);
    return node >= 0 && readValue(database, node, value);
  }

  /** All records, in the order of the namespaces, and then of the keys. */
  *entries(): Iterable<Entry> {
    for (const { name, database } of this.#environment.named()) {
      yield* entriesOf(database, name);
    }
  }

  /** The same, with all values of keys that have several. */
  *allEntries(): Iterable<Entry> {
    for (const { name, database } of this.#environment.named()) {
      yield* allEntriesOf(database, name);
    }
  }

  /** The names of the named databases, in their order. */
  *namespaces(): Iterable<Uint8Array> {
    for (const { name } of this.#environment.named()) yield name;
  }

  /** The records of one named database, in the order of the keys. */
  *entriesIn(name: Uint8Array): Iterable<Entry> {
    const database = new Database(this.#environment.pages);
    if (!this.#environment.findNamed(name, 0, name.length, database)) return;
    yield* entriesOf(database, name);
  }

  /** A random namespace; see {@linkcode NamespacedSnapshot.randomNamespace}. */
  randomNamespace(): Uint8Array | undefined {
    const { main } = this.#environment;
    const found = this.#walks.find((choose) => {
      const node = randomNode(main, choose);
      if (node < 0 || nodeFlags(main, node) !== F_SUBDATA) return undefined;
      const { name, database } = this.#environment.namedAt(node);
      return database.root === P_INVALID ? undefined : name;
    });
    if (found !== undefined) return found;
    for (const { namespace } of this.entries()) return namespace;
    return undefined;
  }

  /** How many records there are in all namespaces; reads all leaves. */
  count(): number {
    let count = 0;
    for (const { database } of this.#environment.named()) {
      count += countOf(database);
    }
    return count;
  }

  /** Refuses a file with a database whose keys are in an order of their own. */
  checkOrder(all: boolean): void {
    checkOrder(this.#environment.main, all);
    let left = all ? Infinity : SAMPLE;
    for (const { database } of this.#environment.named()) {
      if (left-- === 0) return;
      checkOrder(database, all);
    }
  }

  /** What the file says of itself. */
  describe(): Description {
    return this.#environment.describe();
  }

  /** Checks the whole file, with all databases that are in it. */
  check(note?: Note): Iterable<Fault> {
    return checkFile(this.#environment, note);
  }
}
