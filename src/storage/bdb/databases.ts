/**
 * Named databases: a file can hold several, listed in its master.
 *
 * @module
 */

import { listed } from "../listed.ts";
import { DataFileError, Value } from "../storage.ts";
import { Btree } from "./btree.ts";
import type { BtreeMeta } from "./meta.ts";
import { readNumber } from "./page.ts";
import type { Pages } from "./pages.ts";

/** The named databases of a file: their names, and their metadata pages. */
export function* listDatabases(
  pages: Pages,
  master: BtreeMeta,
): Iterable<{ name: string; pgno: number }> {
  for (const { key, value } of new Btree(pages, master).entries()) {
    const name = new TextDecoder().decode(key);
    yield { name, pgno: readPgno(pages, name, value) };
  }
}

/**
 * Finds the metadata page of a named database; without a name, of the only one.
 *
 * @throws {DataFileError} with the names there are, if it is not one of them, or
 * there are several.
 */
export function findDatabase(
  pages: Pages,
  master: BtreeMeta,
  name: string | undefined,
): { name: string; pgno: number } {
  if (name !== undefined) {
    const key = new TextEncoder().encode(name);
    const value = new Value();
    if (new Btree(pages, master).find(key, 0, key.length, value)) {
      const { bytes, start, end } = value;
      const pgno = readPgno(pages, name, bytes.subarray(start, end));
      return { name, pgno };
    }
  }
  const found = [...listDatabases(pages, master)];
  if (name === undefined && found.length === 1) return found[0];
  const names = listed(found.map(({ name }) => JSON.stringify(name))) || "none";
  throw new DataFileError(
    pages.path,
    name === undefined
      ? `it holds several databases: choose one of them with -bucket NAME: ${names}`
      : `it holds no database "${name}"; there are ${names}`,
  );
}

/** A page number in the master: most significant byte first in any file. */
function readPgno(pages: Pages, name: string, value: Uint8Array): number {
  if (value.length === 4) return readNumber(value, 0, false);
  throw pages.damaged(0, `leads to no page for the database "${name}"`);
}
