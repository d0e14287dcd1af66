/**
 * What all trees have in common: that of a B-tree database, and those of
 * duplicates, sorted (P_IBTREE over P_LDUP) or not (P_IRECNO over P_LRECNO).
 *
 * A descent ends, because each level is one less than the one above it; the
 * leaves do not go round in a circle, because each must name the one before it.
 *
 * @module
 */

import {
  B_PGNO,
  BI_DATA,
  LEAFLEVEL,
  LEVEL,
  NEXT_PGNO,
  P_IBTREE,
  P_IRECNO,
  P_LBTREE,
  P_LDUP,
  P_LRECNO,
  PREV_PGNO,
  RINTERNAL_SIZE,
  TYPE,
} from "./layout.ts";
import type { Pages } from "./pages.ts";

/** For {@linkcode treePage}: a root, whose level is not known beforehand. */
export const ROOT = 0;

/**
 * Where a page of a tree begins.
 *
 * @param from the page that refers to it.
 * @param level the level it must be at.
 */
export function treePage(
  pages: Pages,
  pgno: number,
  from: number,
  level: number,
): number {
  const page = pages.page(pgno, from);
  const type = pages.bytes[page + TYPE];
  const found = pages.bytes[page + LEVEL];
  const sound = type === P_IBTREE || type === P_IRECNO
    ? found > LEAFLEVEL
    : found === LEAFLEVEL &&
      (type === P_LBTREE || type === P_LDUP || type === P_LRECNO);
  if (!sound || level !== ROOT && level !== found) {
    throw pages.damaged(
      pgno,
      `is of type ${type} at level ${found}, where page ${from} has ` +
        (level === ROOT ? "a tree" : `level ${level} of a tree`),
    );
  }
  return page;
}

/** The number of the page that an item of an internal page refers to. */
export function childOf(
  pages: Pages,
  page: number,
  pgno: number,
  entries: number,
  item: number,
): number {
  return pages.bytes[page + TYPE] === P_IRECNO
    ? pages.u32(pages.item(page, pgno, entries, item, RINTERNAL_SIZE))
    : pages.u32(pages.item(page, pgno, entries, item, BI_DATA) + B_PGNO);
}

/** The number of a tree's first leaf. */
export function firstLeaf(pages: Pages, root: number, from: number): number {
  let pgno = root;
  let page = treePage(pages, root, from, ROOT);
  while (pages.bytes[page + LEVEL] > LEAFLEVEL) {
    const entries = pages.entries(page, pgno);
    if (entries === 0) throw pages.damaged(pgno, "refers to no page");
    const child = childOf(pages, page, pgno, entries, 0);
    page = treePage(pages, child, pgno, pages.bytes[page + LEVEL] - 1);
    pgno = child;
  }
  return pgno;
}

/**
 * Where a leaf begins that is reached from the one before it.
 *
 * @param prev the number of that one; 0 for a tree's first.
 * @param type the type it must be of.
 */
export function leafPage(
  pages: Pages,
  pgno: number,
  prev: number,
  type: number,
): number {
  const page = pages.page(pgno, prev);
  if (pages.bytes[page + TYPE] !== type) {
    throw pages.damaged(
      pgno,
      `is of type ${pages.bytes[page + TYPE]} among leaves of type ${type}`,
    );
  }
  if (pages.u32(page + PREV_PGNO) !== prev) {
    throw pages.damaged(pgno, `does not name page ${prev} as the one before`);
  }
  return page;
}

/** The number of the leaf behind this one; 0 if it is the last. */
export function nextLeaf(pages: Pages, page: number): number {
  return pages.u32(page + NEXT_PGNO);
}
