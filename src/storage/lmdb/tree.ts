/**
 * The trees that databases are, from the root to the leaves.
 *
 * @module
 */

import { CURSOR_STACK, MD_ROOT, P_BRANCH, P_LEAF, P_LEAF2 } from "./layout.ts";
import type { DamagedPage, Pages } from "./pages.ts";

/** The root of a tree without pages. */
export const P_INVALID: number = -1;

/** The root page's number in an `MDB_db` record. */
export function rootOf(pages: Pages, record: number): number {
  const at = record + MD_ROOT;
  return pages.u32(at) === 0xffff_ffff && pages.u32(at + 4) === 0xffff_ffff
    ? P_INVALID
    : pages.u64(at);
}

/**
 * How many pages a page of this kind refers to: at least one, if it is a branch
 * as it should be.
 */
export function branchKeys(
  pages: Pages,
  page: number,
  pgno: number,
  kind: number,
): number {
  if (kind !== P_BRANCH) {
    throw pages.damaged(
      pgno,
      `is of kind 0x${kind.toString(16)}, where a branch or a leaf should be`,
    );
  }
  const keys = pages.keys(page, page + pages.size, pgno);
  if (keys === 0) throw pages.damaged(pgno, "refers to no page");
  return keys;
}

/**
 * The number of the leaf with a tree's least keys.
 *
 * @param root the tree's root page.
 * @param from the page that refers to it.
 */
export function firstLeaf(pages: Pages, root: number, from: number): number {
  let pgno = root;
  for (let depth = 0; depth < CURSOR_STACK; depth++) {
    const page = pages.page(pgno, from);
    const kind = pages.kind(page);
    if ((kind & ~P_LEAF2) === P_LEAF) return pgno;
    const keys = branchKeys(pages, page, pgno, kind);
    from = pgno;
    pgno = pages.child(pages.node(page, page + pages.size, pgno, keys, 0));
  }
  throw tooDeep(pages, root);
}

/**
 * The numbers of all leaves of a tree, in order.
 *
 * @param ofValues whether it is one that the values of a key are in: those of one
 * size are on LEAF2 pages.
 */
export function* leaves(
  pages: Pages,
  root: number,
  from: number,
  ofValues = false,
): Generator<number> {
  if (root !== P_INVALID) {
    yield* leavesBelow(pages, root, from, 1, ofValues, { pages: pages.count });
  }
}

function* leavesBelow(
  pages: Pages,
  pgno: number,
  from: number,
  depth: number,
  ofValues: boolean,
  left: { pages: number },
): Generator<number> {
  if (depth > CURSOR_STACK) throw tooDeep(pages, from);
  if (left.pages-- === 0) {
    throw pages.damaged(from, "is of a tree that has pages more than once");
  }
  const page = pages.page(pgno, from);
  const kind = pages.kind(page);
  if (kind === P_LEAF || ofValues && kind === (P_LEAF | P_LEAF2)) {
    yield pgno;
    return;
  }
  const keys = branchKeys(pages, page, pgno, kind);
  for (let index = 0; index < keys; index++) {
    const node = pages.node(page, page + pages.size, pgno, keys, index);
    yield* leavesBelow(
      pages,
      pages.child(node),
      pgno,
      depth + 1,
      ofValues,
      left,
    );
  }
}

/** The error for a tree that no writer makes so deep. */
export function tooDeep(pages: Pages, pgno: number): DamagedPage {
  return pages.damaged(
    pgno,
    `is of a tree with more than ${CURSOR_STACK} levels`,
  );
}
