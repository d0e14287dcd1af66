/**
 * One database of an LMDB file as a data set.
 *
 * @module
 */

import { RandomWalks } from "../random.ts";
import {
  type Cost,
  type Description,
  type Entry,
  type Fault,
  type Note,
  type Snapshot,
  TREE_COST,
  Value,
} from "../storage.ts";
import { checkFile } from "./check.ts";
import type { Database } from "./database.ts";
import type { Environment } from "./environment.ts";
import { checkOrder } from "./key_order.ts";
import { F_SUBDATA } from "./layout.ts";
import { randomNode } from "./random.ts";
import { hasDuplicates, nodeFlags, readValue, readValues } from "./values.ts";

/** A snapshot of the main database, or of a named one. */
export class LmdbSnapshot implements Snapshot {
  /** What reading costs. */
  readonly cost: Cost = TREE_COST;
  readonly #walks = new RandomWalks();
  readonly #environment: Environment;
  readonly #database: Database;

  /** Reads a database of this environment. */
  constructor(environment: Environment, database: Database) {
    this.#environment = environment;
    this.#database = database;
  }

  /** Finds the value of a key, of several the first; see {@linkcode Snapshot.find}. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const node = this.#database.search(bytes, start, end);
    return node >= 0 && readValue(this.#database, node, value);
  }

  /** All records, in the order of their keys. */
  entries(): Iterable<Entry> {
    return entriesOf(this.#database);
  }

  /** A random key; see {@linkcode Snapshot.randomKey}. */
  randomKey(): Uint8Array | undefined {
    const database = this.#database;
    const found = this.#walks.find((choose) => {
      const node = randomNode(database, choose);
      const isRecord = node >= 0 && nodeFlags(database, node) !== F_SUBDATA;
      return isRecord ? node : undefined;
    });
    if (found !== undefined) return database.pages.key(found);
    for (const { key } of this.entries()) return key;
    return undefined;
  }

  /** Each key with all its values, where it can have several. */
  allEntries(): Iterable<Entry> | undefined {
    return hasDuplicates(this.#database)
      ? allEntriesOf(this.#database)
      : undefined;
  }

  /** How many keys there are; reads all leaves. */
  count(): number {
    return countOf(this.#database);
  }

  /** Refuses a database whose keys are in an order of their own. */
  checkOrder(all: boolean): void {
    checkOrder(this.#database, all);
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

/** All keys of a database that have a value, each with the first it has. */
export function* entriesOf(
  database: Database,
  namespace?: Uint8Array,
): Iterable<Entry> {
  const { pages } = database;
  const value = new Value();
  for (const node of database.nodes()) {
    if (!readValue(database, node, value)) continue;
    const entry: Entry = {
      key: pages.key(node),
      value: value.bytes.subarray(value.start, value.end),
    };
    yield namespace === undefined ? entry : { namespace, ...entry };
  }
}

/** All keys of a database with all the values they have. */
export function* allEntriesOf(
  database: Database,
  namespace?: Uint8Array,
): Iterable<Entry> {
  const { pages } = database;
  const value = new Value();
  for (const node of database.nodes()) {
    const key = pages.key(node);
    for (const { bytes, start, end } of readValues(database, node, value)) {
      const entry: Entry = { key, value: bytes.subarray(start, end) };
      yield namespace === undefined ? entry : { namespace, ...entry };
    }
  }
}

/** How many keys of a database have a value. */
export function countOf(database: Database): number {
  let count = 0;
  for (const node of database.nodes()) {
    if (nodeFlags(database, node) !== F_SUBDATA) count++;
  }
  return count;
}
