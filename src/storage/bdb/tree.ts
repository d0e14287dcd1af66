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
  P_IBTREE,
  P_IRECNO,
  P_LBTREE,
  P_LDUP,
  P_LRECNO,
  RINTERNAL_SIZE,
} from "./layout.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";

/** For {@linkcode loadNode}: a root, whose level is not known beforehand. */
export const ROOT = 0;

/**
 * Loads a page of a tree.
 *
 * @param from the page that refers to it.
 * @param level the level it must be at.
 */
export function loadNode(
  pages: Pages,
  page: Page,
  pgno: number,
  from: number,
  level: number,
): void {
  pages.load(page, pgno, from);
  const { type, level: found } = page;
  const sound = type === P_IBTREE || type === P_IRECNO
    ? found > LEAFLEVEL
    : found === LEAFLEVEL &&
      (type === P_LBTREE || type === P_LDUP || type === P_LRECNO);
  if (!sound || level !== ROOT && level !== found) {
    throw page.damaged(
      `is of type ${type} at level ${found}, where page ${from} has ` +
        (level === ROOT ? "a tree" : `level ${level} of a tree`),
    );
  }
}

/** The number of the page that an item of an internal page refers to. */
export function childOf(page: Page, entries: number, item: number): number {
  return page.type === P_IRECNO
    ? page.u32(page.item(entries, item, RINTERNAL_SIZE))
    : page.u32(page.item(entries, item, BI_DATA) + B_PGNO);
}

/** How many items an internal page has: at least one. */
export function children(page: Page): number {
  const entries = page.entries();
  if (entries === 0) throw page.damaged("refers to no page");
  return entries;
}

/**
 * Loads a tree's first leaf.
 *
 * @param from the page that refers to the root.
 */
export function loadFirstLeaf(
  pages: Pages,
  page: Page,
  root: number,
  from: number,
): void {
  loadNode(pages, page, root, from, ROOT);
  while (page.level > LEAFLEVEL) {
    const child = childOf(page, children(page), 0);
    loadNode(pages, page, child, page.pgno, page.level - 1);
  }
  if (page.prev !== 0) throw page.damaged("should be the first leaf of a tree");
}

/**
 * Loads the leaf behind the one that is loaded.
 *
 * @returns whether there is one.
 */
export function loadNextLeaf(pages: Pages, page: Page): boolean {
  const { next, pgno, type } = page;
  if (next === 0) return false;
  pages.load(page, next, pgno);
  if (page.type !== type) {
    throw page.damaged(`is of type ${page.type} among leaves of type ${type}`);
  }
  if (page.prev !== pgno) {
    throw page.damaged(`does not name page ${pgno} as the one before`);
  }
  return true;
}
