/**
 * Snapshots of SQLite files.
 *
 * @module
 */

import { randomBelow, TRIES } from "../random.ts";
import type {
  Cost,
  Description,
  Entry,
  Fault,
  NamespacedSnapshot,
  Note,
  OpenOptions,
  Snapshot,
  Value,
} from "../storage.ts";
import { DataFileError } from "../storage.ts";
import { check } from "./check.ts";
import type { Connection } from "./connection.ts";
import { type TextEncoding, toText } from "./encoding.ts";
import {
  checkNames,
  type TableNames,
  tableNames,
  tablesWith,
} from "./names.ts";
import { RecordTable } from "./table.ts";

/** How many namespaces have a statement ready. */
const MAX_PREPARED = 100;

/** See {@linkcode Cost}. */
const FIND_COST = 6000, NEXT_COST = 5000, COMPILING_COST = 50_000;

/** A snapshot of an SQLite file. */
export interface SqliteSnapshot extends Snapshot {
  /**
   * Refuses tables without an index for look-ups.
   *
   * @throws {DataFileError} with the line of SQL that mends it.
   */
  checkIndex(): void;
  /** How many rows are not there, because their key or value is NULL. */
  countNull(): number;
  /** Whether there is no record. */
  isEmpty(): boolean;
  /** Closes the file. */
  close(): void;
}

/**
 * Makes a snapshot that reads the tables that the options name.
 *
 * @throws {DataFileError} if they are not there.
 */
export function createSnapshot(
  connection: Connection,
  options: OpenOptions,
): SqliteSnapshot {
  const names = tableNames(options);
  const [{ encoding }] = connection.all("PRAGMA encoding");
  return options.namespaced
    ? new TablesSnapshot(
      connection,
      names,
      encoding as TextEncoding,
      options.scan,
    )
    : new TableSnapshot(
      connection,
      names,
      encoding as TextEncoding,
      options.scan,
    );
}

/** One table or view. */
class TableSnapshot implements SqliteSnapshot {
  readonly cost: Cost = { find: FIND_COST, next: NEXT_COST, first: FIND_COST };
  readonly #connection: Connection;
  readonly #table: RecordTable;

  constructor(
    connection: Connection,
    names: TableNames,
    encoding: TextEncoding,
    scan?: boolean,
  ) {
    checkNames(connection, names);
    this.#connection = connection;
    this.#table = new RecordTable(connection, names, encoding, scan);
  }

  countNull(): number {
    return this.#table.countNull();
  }

  isEmpty(): boolean {
    return this.#table.isEmpty();
  }

  checkIndex(): void {
    this.#table.checkIndex();
  }

  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    return this.#table.find(bytes, start, end, value);
  }

  entries(): Iterable<Entry> {
    return this.#table.entries();
  }

  allEntries(): Iterable<Entry> {
    return this.#table.rows();
  }

  randomKey(): Uint8Array | undefined {
    return this.#table.randomKey();
  }

  count(): number {
    return this.#table.count();
  }

  describe(): Description {
    return describe(this.#connection);
  }

  *check(note?: Note): Iterable<Fault> {
    const { problem } = this.#table;
    if (problem !== undefined) yield { place: "look-ups", problem };
    yield* check(this.#connection, note);
  }

  close(): void {
    this.#connection.close();
  }
}

/** Each table is a namespace. */
class TablesSnapshot implements SqliteSnapshot, NamespacedSnapshot {
  readonly cost: Cost;
  readonly #connection: Connection;
  readonly #columns: TableNames;
  readonly #encoding: TextEncoding;
  readonly #scan: boolean | undefined;
  readonly #tables: ReadonlySet<string>;
  /** The same, for random ones. */
  #names: readonly string[] | undefined;
  /** Those of the tables that were asked for; the oldest first. */
  readonly #prepared = new Map<string, RecordTable>();

  constructor(
    connection: Connection,
    columns: TableNames,
    encoding: TextEncoding,
    scan?: boolean,
  ) {
    this.#connection = connection;
    this.#columns = columns;
    this.#encoding = encoding;
    this.#scan = scan;
    this.#tables = new Set(tablesWith(connection, columns));
    if (this.#tables.size === 0) {
      throw new DataFileError(
        connection.path,
        `no table has a column "${columns.key}" and a column ` +
          `"${columns.value}"`,
      );
    }
    // A table for which no statement is ready has one compiled.
    const compiling = this.#tables.size > MAX_PREPARED ? COMPILING_COST : 0;
    this.cost = {
      find: FIND_COST + compiling,
      next: NEXT_COST,
      first: FIND_COST + COMPILING_COST,
    };
  }

  checkIndex(): void {
    for (const name of this.#tables) this.#table(name).checkIndex();
  }

  countNull(): number {
    let count = 0;
    for (const name of this.#tables) count += this.#table(name).countNull();
    return count;
  }

  isEmpty(): boolean {
    for (const name of this.#tables) {
      if (!this.#table(name).isEmpty()) return false;
    }
    return true;
  }

  /** A key without a namespace is in none of them: always a miss. */
  find(): boolean {
    return false;
  }

  findIn(
    bytes: Uint8Array,
    nsStart: number,
    nsEnd: number,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    const name = toText(bytes.subarray(nsStart, nsEnd));
    return name !== null && this.#tables.has(name) &&
      this.#table(name).find(bytes, start, end, value);
  }

  *entries(): Iterable<Entry> {
    for (const name of this.namespaces()) yield* this.entriesIn(name);
  }

  *allEntries(): Iterable<Entry> {
    for (const namespace of this.namespaces()) {
      const name = toText(namespace);
      if (name === null) continue;
      for (const { key, value } of this.#table(name).rows()) {
        yield { namespace, key, value };
      }
    }
  }

  *namespaces(): Iterable<Uint8Array> {
    const encoder = new TextEncoder();
    for (const name of this.#tables) yield encoder.encode(name);
  }

  *entriesIn(namespace: Uint8Array): Iterable<Entry> {
    const name = toText(namespace);
    if (name === null || !this.#tables.has(name)) return;
    for (const { key, value } of this.#table(name).entries()) {
      yield { namespace, key, value };
    }
  }

  /** One of the tables that have rows. */
  randomNamespace(): Uint8Array | undefined {
    this.#names ??= [...this.#tables];
    for (let n = 0; n < TRIES; n++) {
      const name = this.#names[randomBelow(this.#names.length)];
      for (const _ of this.#table(name).entries()) {
        return new TextEncoder().encode(name);
      }
    }
    return undefined;
  }

  count(): number {
    let count = 0;
    for (const name of this.#tables) count += this.#table(name).count();
    return count;
  }

  describe(): Description {
    return describe(this.#connection);
  }

  *check(note?: Note): Iterable<Fault> {
    for (const name of this.#tables) {
      const { problem } = this.#table(name);
      if (problem !== undefined) {
        yield { place: `table ${JSON.stringify(name)}`, problem };
      }
    }
    yield* check(this.#connection, note);
  }

  close(): void {
    this.#connection.close();
  }

  #table(name: string): RecordTable {
    let table = this.#prepared.get(name);
    if (table === undefined) {
      const names = { ...this.#columns, table: name };
      table = new RecordTable(
        this.#connection,
        names,
        this.#encoding,
        this.#scan,
      );
      const [oldest] = this.#prepared.keys();
      if (this.#prepared.size >= MAX_PREPARED) this.#prepared.delete(oldest);
      this.#prepared.set(name, table);
    }
    return table;
  }
}

function describe(connection: Connection): Description {
  const pragma = (name: string) => {
    const [row] = connection.all(`PRAGMA ${name}`);
    const value = row[name];
    return typeof value === "number" ? value : String(value);
  };
  return {
    "page size": pragma("page_size"),
    pages: pragma("page_count"),
    encoding: pragma("encoding"),
  };
}
