/**
 * Checks a whole SQLite file.
 *
 * @module
 */

import { DataFileError, type Fault, type Note } from "../storage.ts";
import { unknownCollations } from "./collations.ts";
import type { Connection } from "./connection.ts";
import { quote } from "./names.ts";

/**
 * What SQLite's own check says, of the whole file. It stumbles over collations that
 * are not known here: then it is asked table by table, and those are left out.
 */
export function* check(
  connection: Connection,
  note: Note = () => {},
): Iterable<Fault> {
  let left: Map<string, string>;
  try {
    left = tablesLeftOut(connection);
  } catch (error) {
    yield faultOf(problemOf(error));
    return;
  }
  if (left.size === 0) {
    yield* integrity(connection, "PRAGMA integrity_check");
    return;
  }
  for (const table of tables(connection)) {
    const name = quote(table);
    const collation = left.get(table);
    if (collation === undefined) {
      yield* integrity(connection, `PRAGMA integrity_check(${name})`);
      continue;
    }
    note({
      place: `table ${name}`,
      problem:
        `cannot be checked whole: no such collation sequence: ${collation}`,
    });
  }
}

/** The tables that cannot be checked, and the collation each has. */
function tablesLeftOut(connection: Connection): Map<string, string> {
  const left = new Map<string, string>();
  for (const table of tables(connection)) {
    const [collation] = unknownCollations(connection, table);
    if (collation !== undefined) left.set(table, collation);
  }
  return left;
}

function tables(connection: Connection): string[] {
  return connection.all(
    `SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0
     UNION ALL SELECT 'sqlite_schema'`,
  ).map(({ name }) => String(name));
}

function* integrity(connection: Connection, sql: string): Iterable<Fault> {
  try {
    for (const row of connection.all(sql)) {
      const lines = String(row.integrity_check).split("\n");
      for (const line of lines) {
        if (line === "ok" || line.startsWith("***")) continue;
        yield faultOf(line);
      }
    }
  } catch (error) {
    // What the check itself stumbles over is no less a fault.
    yield faultOf(problemOf(error));
  }
}

function problemOf(error: unknown): string {
  if (error instanceof DataFileError) return error.problem;
  throw error;
}

function faultOf(line: string): Fault {
  const colon = line.indexOf(": ");
  return colon < 0
    ? { place: "database", problem: line }
    : { place: line.slice(0, colon), problem: line.slice(colon + 2) };
}
