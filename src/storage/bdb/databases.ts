/**
 * Named databases: a file can hold several, listed in its master.
 *
 * @module
 */

import { DataFileError, Value } from "../storage.ts";
import { BtreeSnapshot } from "./btree.ts";
import type { BtreeMeta } from "./meta.ts";
import type { Pages } from "./pages.ts";

/** More names than this are not told in an error. */
const MAX_NAMES = 20;

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
  const list = new BtreeSnapshot(pages, master);
  const value = new Value();
  const key = new TextEncoder().encode(name ?? "");
  if (name !== undefined && list.find(key, 0, key.length, value)) {
    if (value.end - value.start !== 4) {
      throw new DataFileError(
        pages.path,
        `damaged: the list of databases gives no page for "${name}"`,
      );
    }
    // In the order of the network, whatever the order of the file.
    let pgno = 0;
    for (let at = value.start; at < value.end; at++) {
      pgno = pgno * 256 + value.bytes[at];
    }
    return pgno;
  }
  const names: string[] = [];
  let more = "";
  for (const { key } of list.entries()) {
    if (names.length === MAX_NAMES) {
      more = ", …";
      break;
    }
    names.push(`"${new TextDecoder().decode(key)}"`);
  }
  const found = names.length === 0 ? "none" : names.join(", ") + more;
  throw new DataFileError(
    pages.path,
    name === undefined
      ? `it holds several databases: choose one of them with -bucket NAME: ${found}`
      : `it holds no database "${name}"; there are ${found}`,
  );
}
