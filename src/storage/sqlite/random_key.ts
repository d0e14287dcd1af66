/**
 * Random keys of a table or view.
 *
 * Where rows have numbers, a number is drawn between the least and the greatest:
 * many tables have a rowid, and a key may be a number. Where rows were deleted a
 * number may be missing: then another is drawn, and at last the next greater one
 * is taken. Elsewhere keys are drawn by their order: see `random_place.ts`.
 *
 * @module
 */

import type { StatementSync } from "node:sqlite";
import { DataFileError } from "../storage.ts";
import type { Connection, Row } from "./connection.ts";
import { RandomPlace } from "./random_place.ts";

/** So many numbers are drawn before the next greater one is taken. */
const DRAWS = 16;

/** Names of the rowid; a column may have taken one. */
const ROWIDS = ["rowid", "_rowid_", "oid"];

/** A key as it is in the file: its bytes, and its type in SQLite's words. */
export interface StoredKey {
  /** Of a number, those of its text. */
  readonly bytes: Uint8Array;
  /** `text`, `blob`, `integer` or `real`. */
  readonly type: string;
}

/** Draws one; `undefined`: there is none, or it cannot be had this way. */
export type Draw = () => StoredKey | undefined;

/** Prepares to select keys; `undefined` if that would read too many rows. */
export type Select = (rest: string) => StatementSync | undefined;

/**
 * Prepares to draw keys. Whether they can be found has yet to be asked.
 *
 * @param table the table or view, quoted.
 * @param key its column with the keys, quoted.
 */
export function randomKeys(
  connection: Connection,
  table: string,
  key: string,
): Draw {
  // Were the key converted within, a view of several tables would be sorted.
  const select: Select = (rest) =>
    prepared(
      connection,
      `SELECT CAST(k AS BLOB) AS key, typeof(k) AS type
       FROM (SELECT ${key} AS k FROM ${table} WHERE ${rest})`,
    );
  for (const number of [...ROWIDS.map((name) => `${table}.${name}`), key]) {
    const draw = numbered(connection, table, number, select);
    if (draw !== undefined) return draw;
  }
  const place = RandomPlace.prepare(connection, key, select);
  if (place !== undefined) return () => place.draw();
  // A view of tables with keys of different types: it has no order.
  const any = select(`${key} IS NOT NULL LIMIT 1`);
  return () => any && stored(connection.first(any));
}

/** Draws by the numbers in a column, if it has numbers. */
function numbered(
  connection: Connection,
  table: string,
  number: string,
  select: Select,
): Draw | undefined {
  const least = `(SELECT min(${number}) FROM ${table})`;
  const greatest = `(SELECT max(${number}) FROM ${table})`;
  const range = prepared(
    connection,
    `SELECT typeof(${least}) AS first, typeof(${greatest}) AS last,
       CAST(${least} AS REAL) AS low, CAST(${greatest} AS REAL) AS high`,
  );
  const exact = select(`${number} = ? LIMIT 1`);
  const next = select(`${number} >= ? ORDER BY ${number} LIMIT 1`);
  if (range === undefined || exact === undefined || next === undefined) return;
  const { first, last, low, high } = connection.first(range)!;
  if (first !== "integer" || last !== "integer") return;
  const span = Number(high) - Number(low) + 1;
  const one = () => Number(low) + Math.floor(Math.random() * span);
  return () => {
    for (let n = 0; n < DRAWS; n++) {
      const row = connection.first(exact, one());
      if (row !== undefined) return stored(row);
    }
    return stored(connection.first(next, one()));
  };
}

/** The key of a row; one that is NULL is not there. */
export function stored(row: Row | undefined): StoredKey | undefined {
  if (row === undefined || row.key === null) return undefined;
  return { bytes: row.key as Uint8Array, type: String(row.type) };
}

/**
 * Prepares a statement that reads a few rows in an order that an index has;
 * `undefined` if none has, or a column is not there.
 */
function prepared(
  connection: Connection,
  sql: string,
): StatementSync | undefined {
  try {
    const plan = connection.all(`EXPLAIN QUERY PLAN ${sql}`)
      .map(({ detail }) => String(detail));
    // With a limit, to scan in an order that an index has ends soon.
    const isSlow = plan.some((step) =>
      step.includes("TEMP B-TREE") ||
      !sql.includes("LIMIT") && step.startsWith("SCAN ") &&
        !step.includes("CONSTANT ROW")
    );
    return isSlow ? undefined : connection.prepare(sql);
  } catch (error) {
    if (error instanceof DataFileError) return undefined;
    throw error;
  }
}
