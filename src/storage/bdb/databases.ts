/**
 * Named databases: a file can hold several, listed in its master.
 *
 * @module
 */

import { DataFileError, Value } from "../storage.ts";
import { Btree } from "./btree.ts";
import type { BtreeMeta } from "./meta.ts";
import { readNumber } from "./page.ts";
import type { Pages } from "./pages.ts";

/** More names than this are not told in an error. */
const MAX_NAMES = 20;

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
 * Finds the metadata page of a named database.
 *
 * @throws {DataFileError} with the names there are, if it is not one of them.
 */
export function findDatabase(
  pages: Pages,
  master: BtreeMeta,
  name: string | undefined,
): number {
  const key = new TextEncoder().encode(name ?? "");
  const value = new Value();
  const list = new Btree(pages, master);
  if (name !== undefined && list.find(key, 0, key.length, value)) {
    const { bytes, start, end } = value;
    return readPgno(pages, name, bytes.subarray(start, end));
  }
  const names: string[] = [];
  for (const { name } of listDatabases(pages, master)) {
    if (names.push(`"${name}"`) === MAX_NAMES) {
      names.push("…");
      break;
    }
  }
  const found = names.join(", ") || "none";
  throw new DataFileError(
    pages.path,
    name === undefined
      ? `it holds several databases: choose one of them with -bucket NAME: ${found}`
      : `it holds no database "${name}"; there are ${found}`,
  );
}

/** A page number in the master: most significant byte first in any file. */
function readPgno(pages: Pages, name: string, value: Uint8Array): number {
  if (value.length === 4) return readNumber(value, 0, false);
  throw pages.damaged(0, `leads to no page for the database "${name}"`);
}
