/**
 * All named databases of an LMDB file as a data set with namespaces.
 *
 * @module
 */

import type {
  Description,
  Entry,
  Fault,
  NamespacedSnapshot,
  Value,
} from "../storage.ts";
import { checkFile } from "./check.ts";
import { Database } from "./database.ts";
import type { Environment } from "./environment.ts";
import { countOf, entriesOf } from "./snapshot.ts";
import { readValue } from "./values.ts";

/** A snapshot with a namespace for each named database. */
export class NamespacedLmdbSnapshot implements NamespacedSnapshot {
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

  /** How many records there are in all namespaces; reads all leaves. */
  count(): number {
    let count = 0;
    for (const { database } of this.#environment.named()) {
      count += countOf(database);
    }
    return count;
  }

  /** What the file says of itself. */
  describe(): Description {
    return this.#environment.describe();
  }

  /** Checks the whole file, with all databases that are in it. */
  check(): Iterable<Fault> {
    return checkFile(this.#environment);
  }
}
