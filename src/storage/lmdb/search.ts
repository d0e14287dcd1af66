/**
 * Finds a key in a tree. The layout is told in `layout.ts`.
 *
 * A branch has, for each page below it, a key that none of that page is less
 * than; its first key is empty, and counts as less than any.
 *
 * @module
 */

import { compareKeys } from "./compare.ts";
import {
  CURSOR_STACK,
  MDB_INTEGERKEY,
  MDB_REVERSEKEY,
  MN_KSIZE,
  NODESIZE,
  P_LEAF,
} from "./layout.ts";
import type { Pages } from "./pages.ts";
import { branchKeys, tooDeep } from "./tree.ts";

/**
 * Finds the node of the key `bytes[start, end)`.
 *
 * @param root the tree's root page.
 * @param from the page that refers to it.
 * @param flags of the database, which tell the order.
 * @returns -1 if there is none.
 */
export function search(
  pages: Pages,
  root: number,
  from: number,
  flags: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const { size: pageSize } = pages;
  const isByteOrder = (flags & (MDB_REVERSEKEY | MDB_INTEGERKEY)) === 0;
  const length = end - start;
  let pgno = root;
  for (let depth = 0; depth < CURSOR_STACK; depth++) {
    const whole = pages.page(pgno, from);
    const window = pages.window(whole, whole + pageSize)!;
    const file = window.bytes;
    // From here on offsets are those in the window: `| 0` says that they are
    // small whole numbers, which are counted faster.
    const page = (whole - window.base) | 0;
    const pageEnd = (page + pageSize) | 0;
    pages.touch(file, page);
    const kind = pages.kind(whole);
    const isLeaf = kind === P_LEAF;
    const keys = isLeaf
      ? pages.keys(whole, whole + pageSize, pgno)
      : branchKeys(pages, whole, pgno, kind);
    // This loop is most of what a get costs. So it does by itself what
    // pages.node() does; and what the key has in common with the nearest keys
    // before and behind it, it does not compare again: all keys between them
    // have that too, and keys of one data set mostly begin alike.
    const ptrs = (page + pages.header) | 0;
    const base = (page + pages.base) | 0;
    const least = (ptrs + 2 * keys) | 0;
    let low = isLeaf ? 0 : 1, high = keys;
    let lowCommon = 0, highCommon = 0;
    let order = -1;
    // The node of the greatest key so far that is not greater.
    let lower = -1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const ptr = ptrs + 2 * middle;
      const node = base + (file[ptr] | file[ptr + 1] << 8);
      const key = (node + NODESIZE) | 0;
      if (node < least || key > pageEnd) throw pages.noNode(pgno, middle);
      const size = file[node + MN_KSIZE] | file[node + MN_KSIZE + 1] << 8;
      if (key + size > pageEnd) throw pages.noNode(pgno, middle);

      let common = 0;
      if (isByteOrder) {
        common = lowCommon < highCommon ? lowCommon : highCommon;
        order = length - size;
        const limit = order < 0 ? length : size;
        for (; common < limit; common++) {
          const difference = bytes[start + common] - file[key + common];
          if (difference !== 0) {
            order = difference;
            break;
          }
        }
      } else {
        order = compareKeys(flags, bytes, start, end, file, key, key + size);
      }
      if (order < 0) {
        high = middle;
        highCommon = common;
        continue;
      }
      lower = node;
      if (order === 0) break;
      low = middle + 1;
      lowCommon = common;
    }
    if (isLeaf) {
      if (order !== 0) return -1;
      // Where keys are not in order, what was not compared can be different.
      const key = lower + NODESIZE;
      const keyEnd = pages.keyEnd(window.base + lower) - window.base;
      if (compareKeys(flags, bytes, start, end, file, key, keyEnd) !== 0) {
        throw pages.damaged(pgno, "its keys are not in order");
      }
      return window.base + lower;
    }
    from = pgno;
    pgno = pages.child(
      lower < 0
        ? pages.node(whole, whole + pageSize, pgno, keys, 0)
        : window.base + lower,
    );
  }
  throw tooDeep(pages, root);
}
