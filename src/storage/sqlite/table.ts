/**
 * A table or view of keys and values.
 *
 * A key on the wire is bytes, a key in the file is text, a number (its text
 * counts) or a blob. A text is found before a number, and that before a blob of
 * the same bytes, and of rows with equal keys the first is found. Rows without a
 * key or a value are not there.
 *
 * @module
 */

import type { StatementSync } from "node:sqlite";
import { TRIES } from "../random.ts";
import { DataFileError, type Entry, type Value } from "../storage.ts";
import { unknownCollations } from "./collations.ts";
import type { Connection, Row } from "./connection.ts";
import { type TextEncoding, toText, toUtf8 } from "./encoding.ts";
import { quote, type TableNames } from "./names.ts";
import { numberOf, realText } from "./number_text.ts";
import { checkPlan } from "./plan.ts";
import { type Draw, randomKeys } from "./random_key.ts";

/** Reads one table or view. */
export class RecordTable {
  readonly #connection: Connection;
  readonly #names: TableNames;
  readonly #encoding: TextEncoding;
  readonly #table: string;
  readonly #key: string;
  readonly #value: string;
  readonly #valueColumns: string;
  readonly #lookup: StatementSync | undefined;
  #problem: string | undefined;
  #draw: Draw | undefined;

  /**
   * Prepares for look-ups in a table or view that has the columns.
   *
   * @param scan whether there will be none, if they are not done by an index.
   */
  constructor(
    connection: Connection,
    names: TableNames,
    encoding: TextEncoding,
    scan = false,
  ) {
    this.#connection = connection;
    this.#names = names;
    this.#encoding = encoding;
    this.#table = quote(names.table);
    this.#key = `${this.#table}.${quote(names.key)}`;
    this.#value = `${this.#table}.${quote(names.value)}`;
    this.#valueColumns = `${plain(this.#value)} AS value` +
      (encoding === "UTF-8"
        ? ""
        : `, typeof(${this.#value}) = 'blob' AS is_blob`);
    this.#lookup = this.#prepareLookup(scan);
  }

  /** Why keys cannot be looked up, in a table that is only walked through. */
  get problem(): string | undefined {
    return this.#problem;
  }

  #prepareLookup(scan: boolean): StatementSync | undefined {
    try {
      this.#checkCollations();
      if (scan) this.checkIndex();
      return this.#connection.prepare(this.#lookupSql(this.#valueColumns));
    } catch (error) {
      if (!scan || !(error instanceof DataFileError) || !this.#isReadable()) {
        throw error;
      }
      this.#problem = error.problem;
      return undefined;
    }
  }

  /** Refuses keys in an order that SQLite cannot search here. */
  #checkCollations(): void {
    const connection = this.#connection;
    const [name] = unknownCollations(
      connection,
      this.#names.table,
      this.#names.key,
    );
    if (name === undefined) return;
    const order =
      `its keys are not in the order of their bytes, but in that of the collation "${name}", which is not known here`;
    throw new DataFileError(
      connection.path,
      this.#isReadable()
        ? `${order}; \`goromdb build\` makes one that can be served`
        : `${order}, and SQLite cannot read a table WITHOUT ROWID without it: copy it to another with the program that wrote it`,
    );
  }

  #isReadable(): boolean {
    try {
      this.isEmpty();
      return true;
    } catch (error) {
      if (error instanceof DataFileError) return false;
      throw error;
    }
  }

  /**
   * Refuses a table without an index for look-ups.
   *
   * @throws {DataFileError} with the line of SQL that mends it.
   */
  checkIndex(): void {
    checkPlan(
      this.#connection,
      this.#names,
      this.#lookupSql(this.#valueColumns),
    );
  }

  /** Finds a key; see `Snapshot.find`. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const row = this.#lookup &&
      this.#first(this.#lookup, bytes.subarray(start, end));
    if (row === undefined) return false;
    value.bytes = this.#valueOf(row);
    value.start = 0;
    value.end = value.bytes.length;
    value.flags = 0;
    return true;
  }

  /** The rows that can be found, ordered by key: numbers, text, then blobs. */
  entries(): Iterable<Entry> {
    return this.#lookup === undefined ? this.rows() : this.#found();
  }

  /** All rows that have a key and a value, in no order. */
  *rows(): Iterable<Entry> {
    const key = this.#key;
    const rows = this.#connection.iterate(
      `SELECT 1 AS row, ${plain(key)} AS key, typeof(${key}) AS type,
         ${this.#valueColumns}
       FROM ${this.#table} WHERE ${key} IS NOT NULL AND ${this.#value} IS NOT NULL
       UNION ALL
       SELECT NULL, NULL, NULL, NULL${
        this.#encoding === "UTF-8" ? "" : ", NULL"
      }`,
      "row",
    );
    for (const row of rows) {
      yield {
        key: this.#bytesOf(row.key, row.type === "blob"),
        value: this.#valueOf(row),
      };
    }
  }

  *#found(): Iterable<Entry> {
    const key = this.#key;
    const typeLookup = this.#connection.prepare(
      this.#lookupSql(`typeof(${key}) AS type`),
    );
    // The limit keeps the order, which SQLite else leaves out of a union.
    const rows = this.#connection.iterate(
      `SELECT * FROM (
         SELECT 1 AS row, ${plain(key)} AS key, typeof(${key}) AS type,
           ${this.#valueColumns}
         FROM ${this.#table} WHERE ${key} IS NOT NULL AND ${this.#value} IS NOT NULL
         ORDER BY ${key} COLLATE BINARY LIMIT -1
       ) UNION ALL
       SELECT NULL, NULL, NULL, NULL${
        this.#encoding === "UTF-8" ? "" : ", NULL"
      }`,
      "row",
    );
    let last: Uint8Array | undefined;
    let lastNumber: Uint8Array | undefined;
    let anyOther = false;
    for (const row of rows) {
      const { type } = row;
      const key = this.#bytesOf(row.key, type === "blob");
      if (last !== undefined && isEqual(key, last)) continue;
      const isNumber = type === "integer" || type === "real";
      if (isNumber) {
        // 5 and 5.0 are equal, and can take turns.
        if (lastNumber !== undefined && isEqual(key, lastNumber)) continue;
        lastNumber = last;
      }
      if (isNumber || type === "blob" && anyOther) {
        if (this.#first(typeLookup, key)?.type !== type) continue;
      }
      if (type !== "blob") anyOther = true;
      last = key;
      yield { key, value: this.#valueOf(row) };
    }
  }

  /** The key of a random row that can be found; see `randomKeys`. */
  randomKey(): Uint8Array | undefined {
    this.#draw ??= randomKeys(this.#connection, this.#table, this.#key);
    for (let n = 0; n < TRIES; n++) {
      const drawn = this.#draw();
      if (drawn === undefined) break;
      const key = drawn.type === "real"
        ? encoder.encode(realText(Number(new TextDecoder().decode(
          toUtf8(drawn.bytes, this.#encoding),
        ))))
        : this.#bytesOf(drawn.bytes, drawn.type === "blob");
      if (this.#lookup && this.#first(this.#lookup, key)) return key;
    }
    for (const { key } of this.entries()) return key;
    return undefined;
  }

  /** Whether no row has both a key and a value. */
  isEmpty(): boolean {
    return this.#connection.all(
      `SELECT 1 FROM ${this.#table}
       WHERE ${this.#key} IS NOT NULL AND ${this.#value} IS NOT NULL LIMIT 1`,
    ).length === 0;
  }

  /** How many rows can be found; if none can, how many there are. */
  count(): number {
    const key = this.#key;
    if (this.#lookup === undefined) return this.countRows();
    const [{ keys, low, high }] = this.#connection.all(
      `SELECT count(DISTINCT ${key} COLLATE BINARY) AS keys,
         min(typeof(${key})) AS low, max(typeof(${key})) AS high
       FROM ${this.#table} WHERE ${key} IS NOT NULL AND ${this.#value} IS NOT NULL`,
    );
    if (keys === 0 || low === high) return Number(keys);
    let count = 0;
    for (const _ of this.entries()) count++;
    return count;
  }

  /** How many rows have a key and a value. */
  countRows(): number {
    const [{ rows }] = this.#connection.all(
      `SELECT count(*) AS rows FROM ${this.#table}
       WHERE ${this.#key} IS NOT NULL AND ${this.#value} IS NOT NULL`,
    );
    return Number(rows);
  }

  /** How many rows are not there, because their key or value is NULL. */
  countNull(): number {
    const [{ rows }] = this.#connection.all(
      `SELECT count(*) AS rows FROM ${this.#table}
       WHERE ${this.#key} IS NULL OR ${this.#value} IS NULL`,
    );
    return Number(rows);
  }

  /** Looks a key up: as text, as a number, and as a blob. */
  #lookupSql(columns: string): string {
    // A cast of a blob keeps bytes that are not UTF-8. The plus takes the
    // affinity away that would keep an index of a column without a type from
    // being used. The second comparison is for collations, where more than one
    // text is equal to a key; a number is told from one of the other type.
    const text = this.#encoding === "UTF-8" ? "CAST(? AS TEXT)" : "?";
    const key = this.#key;
    const value = `${this.#value} IS NOT NULL`;
    return `SELECT ${columns} FROM ${this.#table}
      WHERE ${key} = +${text} AND CAST(${key} AS TEXT) = ${text} COLLATE BINARY
        AND typeof(${key}) = 'text' AND ${value}
      UNION ALL SELECT ${columns} FROM ${this.#table}
      WHERE ${key} = ? AND typeof(${key}) = ? AND ${value}
      UNION ALL SELECT ${columns} FROM ${this.#table}
      WHERE ${key} = ? AND ${value} LIMIT 1`;
  }

  #first(statement: StatementSync, key: Uint8Array): Row | undefined {
    const text = this.#encoding === "UTF-8" ? key : toText(key);
    const { number = null, type = null } = numberOf(key) ?? {};
    return this.#connection.first(statement, text, text, number, type, key);
  }

  #valueOf(row: Row): Uint8Array {
    return this.#bytesOf(row.value, row.is_blob === 1);
  }

  /** The bytes of what {@linkcode plain} has selected. */
  #bytesOf(selected: unknown, isBlob: boolean): Uint8Array {
    if (typeof selected === "number") return encoder.encode(realText(selected));
    // SQLite does not look for a NULL in a column that says it has none.
    if (!(selected instanceof Uint8Array)) {
      throw new DataFileError(
        this.#connection.path,
        `damaged: ${this.#table} has a NULL in a column that is NOT NULL`,
      );
    }
    return isBlob ? selected : toUtf8(selected, this.#encoding);
  }
}

const encoder = new TextEncoder();

/**
 * Selects a column: as a blob, because text would end at a NUL, and come as a
 * string; but a REAL as a number, because versions of SQLite print it in different
 * ways.
 */
function plain(column: string): string {
  return `CASE typeof(${column}) WHEN 'real' THEN ${column} ELSE CAST(${column} AS BLOB) END`;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
