/**
 * Makes sure that the keys of a database are in the order that its flags tell;
 * a program can have another (`mdb_set_compare`).
 *
 * @module
 */

import { disorderError } from "../disorder.ts";
import { compareKeys } from "./compare.ts";
import type { Database } from "./database.ts";
import { CURSOR_STACK, NODESIZE, P_LEAF } from "./layout.ts";
import { branchKeys, P_INVALID, tooDeep } from "./tree.ts";

/** So many pages below each branch are looked at, if not all. */
const SAMPLE = 3;

/**
 * Goes through the keys, those of a branch where the page that each leads to
 * begins: none may be less than the one before it.
 *
 * @param all on all pages; or else on some.
 * @throws {DataFileError} if one is.
 */
export function checkOrder(database: Database, all: boolean): void {
  const { pages, flags } = database;
  const { bytes } = pages;
  // Where the last key is in the file.
  let start = 0, end = 0;
  const next = (node: number, pgno: number) => {
    const key = node + NODESIZE, keyEnd = pages.keyEnd(node);
    if (
      start > 0 &&
      compareKeys(flags, bytes, start, end, bytes, key, keyEnd) > 0
    ) {
      throw disorderError(
        pages.path,
        `page ${pgno}`,
        { bytes, start, end },
        { bytes, start: key, end: keyEnd },
      );
    }
    start = key;
    end = keyEnd;
  };
  const visit = (pgno: number, from: number, depth: number) => {
    if (depth > CURSOR_STACK) throw tooDeep(pages, from);
    const page = pages.page(pgno, from);
    const end = page + pages.size;
    const kind = pages.kind(page);
    const isLeaf = kind === P_LEAF;
    const keys = isLeaf
      ? pages.keys(page, end, pgno)
      : branchKeys(pages, page, pgno, kind);
    const step = all ? 1 : Math.max(1, Math.floor((keys - 1) / SAMPLE));
    for (let index = 0; index < keys; index++) {
      const node = pages.node(page, end, pgno, keys, index);
      // The first key of a branch counts as less than any.
      if (isLeaf || index > 0) next(node, pgno);
      if (isLeaf || index % step !== 0) continue;
      visit(pages.child(node), pgno, depth + 1);
    }
  };
  if (database.root !== P_INVALID) visit(database.root, database.pgno, 1);
}
