/**
 * A table or view of keys and values.
 *
 * A key on the wire is bytes, a key in the file is text or a blob (or, in a
 * numeric column, a number: its text counts). A text is found before a blob of
 * the same bytes, and of rows with equal keys the first is found. Rows without
 * a value are not there.
 *
 * @module
 */

import type { StatementSync } from "node:sqlite";
import { TRIES } from "../random.ts";
import type { Entry, Value } from "../storage.ts";
import type { Connection, Row } from "./connection.ts";
import { type TextEncoding, toText, toUtf8 } from "./encoding.ts";
import { quote, type TableNames } from "./names.ts";
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
  readonly #lookup: StatementSync;
  #draw: Draw | undefined;

  /** Prepares for look-ups in a table or view that has the columns. */
  constructor(
    connection: Connection,
    names: TableNames,
    encoding: TextEncoding,
  ) {
    this.#connection = connection;
    this.#names = names;
    this.#encoding = encoding;
    this.#table = quote(names.table);
    this.#key = `${this.#table}.${quote(names.key)}`;
    this.#value = `${this.#table}.${quote(names.value)}`;
    // As a blob, because text would end at a NUL, and come as a string.
    this.#valueColumns = `CAST(${this.#value} AS BLOB) AS value` +
      (encoding === "UTF-8"
        ? ""
        : `, typeof(${this.#value}) = 'blob' AS is_blob`);
    this.#lookup = connection.prepare(this.#lookupSql(this.#valueColumns));
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
    const row = this.#first(this.#lookup, bytes.subarray(start, end));
    if (row === undefined) return false;
    value.bytes = this.#valueOf(row);
    value.start = 0;
    value.end = value.bytes.length;
    value.flags = 0;
    return true;
  }

  /** The rows that can be found, ordered by key: text first, then blobs. */
  *entries(): Iterable<Entry> {
    const key = this.#key;
    const typeLookup = this.#connection.prepare(
      this.#lookupSql(`typeof(${key}) AS type`),
    );
    // The limit keeps the order, which SQLite else leaves out of a union.
    const rows = this.#connection.iterate(
      `SELECT * FROM (
         SELECT CAST(${key} AS BLOB) AS key, typeof(${key}) AS type,
           ${this.#valueColumns}
         FROM ${this.#table} WHERE ${key} IS NOT NULL AND ${this.#value} IS NOT NULL
         ORDER BY ${key} COLLATE BINARY LIMIT -1
       ) UNION ALL
       SELECT NULL, NULL, NULL${this.#encoding === "UTF-8" ? "" : ", NULL"}`,
      "key",
    );
    let last: Uint8Array | undefined;
    let anyText = false;
    for (const row of rows) {
      const { type } = row;
      const key = type === "blob"
        ? row.key as Uint8Array
        : toUtf8(row.key as Uint8Array, this.#encoding);
      if (last !== undefined && isEqual(key, last)) continue;
      if (type === "text") anyText = true;
      else if (type !== "blob" || anyText) {
        if (this.#first(typeLookup, key)?.type !== type) continue;
      }
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
      const key = drawn.type === "blob"
        ? drawn.bytes
        : toUtf8(drawn.bytes, this.#encoding);
      if (this.#first(this.#lookup, key) !== undefined) return key;
    }
    for (const { key } of this.entries()) return key;
    return undefined;
  }

  /** How many rows can be found. */
  count(): number {
    const key = this.#key;
    const [{ keys, low, high }] = this.#connection.all(
      `SELECT count(DISTINCT ${key} COLLATE BINARY) AS keys,
         min(typeof(${key})) AS low, max(typeof(${key})) AS high
       FROM ${this.#table} WHERE ${key} IS NOT NULL AND ${this.#value} IS NOT NULL`,
    );
    if (keys === 0 || low === high && (low === "text" || low === "blob")) {
      return Number(keys);
    }
    let count = 0;
    for (const _ of this.entries()) count++;
    return count;
  }

  /** Looks a key up: twice as text, once as a blob. */
  #lookupSql(columns: string): string {
    // A cast of a blob keeps bytes that are not UTF-8. The plus takes the
    // affinity away that would keep an index of a column without a type from
    // being used. The second comparison is for columns of numbers and with
    // collations, where more than one text is equal to a key.
    const text = this.#encoding === "UTF-8" ? "CAST(? AS TEXT)" : "?";
    const key = this.#key;
    return `SELECT ${columns} FROM ${this.#table}
      WHERE ${key} = +${text} AND CAST(${key} AS TEXT) = ${text} COLLATE BINARY
        AND ${this.#value} IS NOT NULL
      UNION ALL SELECT ${columns} FROM ${this.#table}
      WHERE ${key} = ? AND ${this.#value} IS NOT NULL LIMIT 1`;
  }

  #first(statement: StatementSync, key: Uint8Array): Row | undefined {
    const text = this.#encoding === "UTF-8" ? key : toText(key);
    return this.#connection.first(statement, text, text, key);
  }

  #valueOf(row: Row): Uint8Array {
    const value = row.value as Uint8Array;
    return this.#encoding === "UTF-8" || row.is_blob === 1
      ? value
      : toUtf8(value, this.#encoding);
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
