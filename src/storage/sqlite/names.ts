/**
 * Which tables of an SQLite file can be served, and whether they have what that
 * takes.
 *
 * @module
 */

import { listed } from "../listed.ts";
import { DataFileError, type OpenOptions } from "../storage.ts";
import type { Connection } from "./connection.ts";

/** Where the records are. */
export interface TableNames {
  /** A table or a view. */
  readonly table: string;
  /** Its column with the keys. */
  readonly key: string;
  /** Its column with the values. */
  readonly value: string;
}

/** What the options say, or leave out. */
export function tableNames(options: OpenOptions): TableNames {
  const { table = "kv", keyColumn = "key", valueColumn = "value" } = options;
  return { table, key: keyColumn, value: valueColumn };
}

/** A name as it stands in SQL. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Refuses a file without that table or view, or without its columns.
 *
 * @throws {DataFileError}
 */
export function checkNames(connection: Connection, names: TableNames): void {
  const { path } = connection;
  const found = connection.all(
    `SELECT 1 FROM sqlite_schema
     WHERE type IN ('table', 'view') AND name = ? COLLATE NOCASE`,
    names.table,
  );
  if (found.length === 0) {
    const tables = connection.all(
      "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')",
    );
    throw new DataFileError(
      path,
      `there is no table or view ${quote(names.table)}; there are: ` +
        (listed(tables.map(({ name }) => quote(String(name)))) || "none"),
    );
  }
  const columns = connection.all(
    "SELECT name FROM pragma_table_xinfo(?)",
    names.table,
  ).map(({ name }) => String(name));
  for (const column of [names.key, names.value]) {
    const wanted = column.toLowerCase();
    if (columns.some((name) => name.toLowerCase() === wanted)) continue;
    throw new DataFileError(
      path,
      `${quote(names.table)} has no column ${quote(column)}; it has: ` +
        listed(columns.map(quote)),
    );
  }
}

/** The tables that have both columns: no views, no virtual tables. */
export function tablesWith(
  connection: Connection,
  { key, value }: TableNames,
): string[] {
  const has = `EXISTS (
    SELECT 1 FROM pragma_table_xinfo(tables.name) AS columns
    WHERE columns.name = ? COLLATE NOCASE
  )`;
  return connection.all(
    `SELECT name FROM sqlite_schema AS tables
     WHERE type = 'table' AND rootpage > 0 AND ${has} AND ${has} ORDER BY name`,
    key,
    value,
  ).map(({ name }) => String(name));
}
