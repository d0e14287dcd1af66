/**
 * Nodes that are chosen at random.
 *
 * @module
 */

import type { Database } from "./database.ts";
import { CURSOR_STACK, P_LEAF } from "./layout.ts";
import { branchKeys, P_INVALID, tooDeep } from "./tree.ts";

/**
 * A node of the database with a key and data; -1 if there is none.
 *
 * @param choose tells which of so many nodes of a page to take.
 * @throws {DataFileError} if the tree is damaged.
 */
export function randomNode(
  { pages, root, pgno: of }: Database,
  choose: (nodes: number) => number,
): number {
  if (root === P_INVALID) return -1;
  let pgno = root, from = of;
  for (let depth = 0; depth < CURSOR_STACK; depth++) {
    const page = pages.page(pgno, from);
    const end = page + pages.size;
    const kind = pages.kind(page);
    const isLeaf = kind === P_LEAF;
    const keys = isLeaf
      ? pages.keys(page, end, pgno)
      : branchKeys(pages, page, pgno, kind);
    if (keys === 0) return -1;
    const node = pages.node(page, end, pgno, keys, choose(keys));
    if (isLeaf) return node;
    from = pgno;
    pgno = pages.child(node);
  }
  throw tooDeep(pages, root);
}
