/**
 * The values of keys: on the leaf, on overflow pages, or the first of several.
 *
 * Each lies in one piece in the file, so nothing is ever copied.
 *
 * @module
 */

import type { Value } from "../storage.ts";
import { keysOf } from "./check_keys.ts";
import type { Database } from "./database.ts";
import {
  DBSIZE,
  F_BIGDATA,
  F_DUPDATA,
  F_SUBDATA,
  MD_PAD,
  MDB_DUPSORT,
  MN_FLAGS,
  MP_PAD,
  MP_PAGES,
  NODESIZE,
  NUM_METAS,
  P_LEAF,
  P_LEAF2,
  P_OVERFLOW,
  P_SUBP,
} from "./layout.ts";
import type { Pages } from "./pages.ts";
import { firstLeaf, leaves, rootOf } from "./tree.ts";

/**
 * Reads the value of a leaf's node; of several, the first.
 *
 * @returns whether it has one: the record of a named database is no value.
 */
export function readValue(
  database: Database,
  node: number,
  value: Value,
): boolean {
  const { pages } = database;
  const size = pages.u32(node);
  value.flags = 0;
  switch (nodeFlags(database, node)) {
    case 0:
      give(pages, pages.data(node, size), size, value);
      return true;
    case F_BIGDATA: {
      const start = overflowRun(pages, node) * pages.size + pages.header;
      give(pages, start, size, value);
      return true;
    }
    case F_SUBDATA:
      return false;
    case F_DUPDATA: {
      const page = subPage(pages, node);
      const fixed = pages.u16(page + pages.header + MP_PAD);
      firstKey(pages, page, page + size, pages.pageOf(node), fixed, value);
      return true;
    }
    default: {
      const record = recordOf(pages, node);
      const root = rootOf(pages, record);
      const pgno = firstLeaf(pages, root, pages.pageOf(node));
      const page = pgno * pages.size;
      const fixed = pages.u32(record + MD_PAD);
      firstKey(pages, page, page + pages.size, pgno, fixed, value);
      return true;
    }
  }
}

/** Whether the keys of a database can have several values. */
export function hasDuplicates({ flags }: Database): boolean {
  return (flags & MDB_DUPSORT) !== 0;
}

/** Reads all values of a leaf's node, one after the other. */
export function* readValues(
  database: Database,
  node: number,
  value: Value,
): Iterable<Value> {
  const { pages } = database;
  const flags = nodeFlags(database, node);
  if ((flags & F_DUPDATA) === 0) {
    if (readValue(database, node, value)) yield value;
    return;
  }
  if (flags === F_DUPDATA) {
    const page = subPage(pages, node);
    const end = page + pages.u32(node);
    const fixed = pages.u16(page + pages.header + MP_PAD);
    for (const key of keysOf(pages, page, end, pages.pageOf(node), fixed)) {
      give(pages, key.start, key.end - key.start, value);
      yield value;
    }
    return;
  }
  const record = recordOf(pages, node);
  const fixed = pages.u32(record + MD_PAD);
  const root = rootOf(pages, record);
  for (const pgno of leaves(pages, root, pages.pageOf(node), true)) {
    const page = pgno * pages.size;
    for (const key of keysOf(pages, page, page + pages.size, pgno, fixed)) {
      give(pages, key.start, key.end - key.start, value);
      yield value;
    }
  }
}

/** The flags of a leaf's node, which tell what its data are. */
export function nodeFlags(database: Database, node: number): number {
  const { pages } = database;
  const flags = pages.u16(node + MN_FLAGS);
  if (
    flags > (F_DUPDATA | F_SUBDATA) ||
    (flags & F_BIGDATA) !== 0 && flags !== F_BIGDATA
  ) {
    throw pages.damaged(pages.pageOf(node), `has a node with flags ${flags}`);
  }
  if ((flags & F_DUPDATA) !== 0 && (database.flags & MDB_DUPSORT) === 0) {
    throw pages.damaged(
      pages.pageOf(node),
      "has several values of a key, in a database without MDB_DUPSORT",
    );
  }
  if (flags === F_SUBDATA && database.pgno >= NUM_METAS) {
    throw pages.damaged(
      pages.pageOf(node),
      "has the record of a database within a named one",
    );
  }
  return flags;
}

/** The first page of the run that has a node's data; the run has all of them. */
export function overflowRun(pages: Pages, node: number): number {
  const size = pages.u32(node);
  const pgno = pages.u64(pages.data(node, pages.bigSize));
  const page = pages.page(pgno, pages.pageOf(node));
  if (pages.kind(page) !== P_OVERFLOW) {
    throw pages.damaged(pgno, "is not an overflow page");
  }
  const run = pages.u32(page + pages.header + MP_PAGES);
  const needed = Math.ceil((pages.header + size) / pages.size);
  if (run < needed || pgno + run > pages.count) {
    throw pages.damaged(
      pgno,
      `begins a run of ${run} pages, where ${size} bytes take ${needed} and the last page is ${
        pages.count - 1
      }`,
    );
  }
  return pgno;
}

/** Where the sub-page in a node's data begins. */
export function subPage(pages: Pages, node: number): number {
  const size = pages.u32(node);
  const page = pages.data(node, size);
  const kind = size < pages.header ? 0 : pages.kind(page);
  if ((kind & ~P_LEAF2) !== (P_LEAF | P_SUBP)) {
    throw pages.damaged(
      pages.pageOf(node),
      "has several values, not in a sub-page",
    );
  }
  return page;
}

/** Where the record of a database in a node's data begins. */
export function recordOf(pages: Pages, node: number): number {
  const size = pages.u32(node);
  if (size !== DBSIZE) {
    throw pages.damaged(
      pages.pageOf(node),
      `has the record of a database in ${size} bytes`,
    );
  }
  return pages.data(node, DBSIZE);
}

/**
 * Reads the first key of a leaf or sub-page.
 *
 * @param fixed the size of all keys, if it is a LEAF2 page.
 */
function firstKey(
  pages: Pages,
  page: number,
  end: number,
  pgno: number,
  fixed: number,
  value: Value,
): void {
  const isLeaf2 = (pages.kind(page) & P_LEAF2) !== 0;
  const keys = isLeaf2
    ? pages.leaf2Keys(page, end, pgno, fixed)
    : pages.keys(page, end, pgno);
  if (keys === 0) throw pages.damaged(pgno, "has none of a key's values");
  if (isLeaf2) return give(pages, page + pages.header, fixed, value);
  const node = pages.node(page, end, pgno, keys, 0);
  const start = node + NODESIZE;
  give(pages, start, pages.keyEnd(node) - start, value);
}

/** A value in the file; one that is longer than a window is seldom. */
function give(pages: Pages, start: number, size: number, value: Value): void {
  const window = pages.window(start, start + size);
  const base = window?.base ?? 0;
  value.bytes = window?.bytes ?? pages.bytes;
  value.start = start - base;
  value.end = value.start + size;
}
