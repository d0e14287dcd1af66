/** The records of Berkeley DB files as the engine's program gives them. */

import { openBdb } from "../../../src/storage/bdb/bdb.ts";
import { listDatabases } from "../../../src/storage/bdb/databases.ts";
import { openPages, readMeta } from "../../../src/storage/bdb/meta.ts";
import { DataFileError } from "../../../src/storage/storage.ts";
import type { Line } from "../engines.ts";

/** The records of all databases in a file, if all can be read. */
export function linesOf(bytes: Uint8Array): Line[] | undefined {
  const pages = openPages("mutant", bytes);
  const first = readMeta(pages, 0);
  const names = first.kind === "btree" && first.isNamed
    ? [...listDatabases(pages, first)].map(({ name }) => name)
    : [undefined];
  const lines: Line[] = [];
  for (const name of names) {
    let snapshot;
    try {
      snapshot = openBdb(bytes, "mutant", { bucket: name });
    } catch (error) {
      // The engine can read more kinds of them.
      if (error instanceof DataFileError) return undefined;
      throw error;
    }
    for (const { key, value } of snapshot.entries()) {
      lines.push([
        new TextEncoder().encode(name ?? ""),
        key.slice(),
        value.slice(),
      ]);
    }
  }
  return lines;
}
