/**
 * Orders that a program has given to SQLite, and that are not known here: what is
 * in the order of one can be read, but neither searched nor checked.
 *
 * @module
 */

import type { Connection } from "./connection.ts";

/** The collations that SQLite has by itself. */
const KNOWN = "'BINARY', 'NOCASE', 'RTRIM'";

/**
 * The collations of a table's indexes that are not known, by their names.
 *
 * @param column of this column alone.
 */
export function unknownCollations(
  connection: Connection,
  table: string,
  column?: string,
): string[] {
  return connection.all(
    `SELECT DISTINCT columns.coll AS name
     FROM pragma_index_list(?) AS indexes,
       pragma_index_xinfo(indexes.name) AS columns
     WHERE upper(columns.coll) NOT IN (${KNOWN})
       AND columns.name = coalesce(?, columns.name) COLLATE NOCASE
     ORDER BY 1`,
    table,
    column ?? null,
  ).map(({ name }) => String(name));
}
