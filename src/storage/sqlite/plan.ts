/**
 * Whether SQLite looks keys up by an index, or reads the whole table for each.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
import type { Connection } from "./connection.ts";
import { quote, type TableNames } from "./names.ts";

/**
 * Refuses look-ups that are not done by an index.
 *
 * @param lookup the statement that looks a key up.
 * @throws {DataFileError} with the line of SQL that mends it.
 */
export function checkPlan(
  connection: Connection,
  names: TableNames,
  lookup: string,
): void {
  const plan = connection.all(`EXPLAIN QUERY PLAN ${lookup}`)
    .map(({ detail }) => String(detail));
  const slow = slowStep(plan);
  if (slow === undefined) return;

  const table = quote(names.table);
  const key = quote(names.key);
  const isView = connection.all(
    "SELECT 1 FROM sqlite_schema WHERE type = 'view' AND name = ? COLLATE NOCASE",
    names.table,
  ).length > 0;
  const index = quote(`${names.table}_${names.key}`);
  throw new DataFileError(
    connection.path,
    isView
      ? `keys of the view ${table} are not looked up by an index: ${slow}`
      : `keys of ${table} are not looked up by an index; make one: ` +
        `CREATE INDEX ${index} ON ${table} (${key});`,
  );
}

/**
 * The step of a query plan that reads more than what it looks for, if there is
 * one. The words are those of https://www.sqlite.org/eqp.html.
 */
function slowStep(plan: string[]): string | undefined {
  const results = new Set<string>();
  for (const step of plan) {
    const [, result] = /^(?:CO-ROUTINE|MATERIALIZE) (.*)$/.exec(step) ?? [];
    if (result !== undefined) results.add(result);
  }
  return plan.find((step) => {
    if (step.startsWith("RECURSIVE")) return true;
    if (step.startsWith("SEARCH ")) return !step.includes("=?");
    const [, scanned] = /^SCAN (.*)$/.exec(step) ?? [];
    return scanned !== undefined && !/^(\d+ )?CONSTANT ROW/.test(scanned) &&
      !results.has(scanned);
  });
}
