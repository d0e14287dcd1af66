/**
 * Checks a whole SQLite file.
 *
 * @module
 */

import { DataFileError, type Fault } from "../storage.ts";
import type { Connection } from "./connection.ts";

/** What SQLite's own check says, of the whole file. */
export function* check(connection: Connection): Iterable<Fault> {
  try {
    for (const row of connection.all("PRAGMA integrity_check")) {
      const lines = String(row.integrity_check).split("\n");
      for (const line of lines) {
        if (line === "ok" || line.startsWith("***")) continue;
        yield faultOf(line);
      }
    }
  } catch (error) {
    // What the check itself stumbles over is no less a fault.
    if (!(error instanceof DataFileError)) throw error;
    yield faultOf(error.problem);
  }
}

function faultOf(line: string): Fault {
  const colon = line.indexOf(": ");
  return colon < 0
    ? { place: "database", problem: line }
    : { place: line.slice(0, colon), problem: line.slice(colon + 2) };
}
