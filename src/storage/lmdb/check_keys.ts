/**
 * The keys of a page, all at once, for the checker.
 *
 * @module
 */

import type { Fault } from "../storage.ts";
import { compareKeys } from "./compare.ts";
import { NODESIZE, P_LEAF2 } from "./layout.ts";
import type { Pages } from "./pages.ts";

/** Where a key is in the file. */
export interface Key {
  /** Where it begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/** The keys that a page can have. */
export interface Bounds {
  /** None is less than this one. */
  readonly least?: Key;
  /** All are less than this one. */
  readonly limit?: Key;
}

/**
 * The keys of a page or sub-page.
 *
 * @param end where it ends.
 * @param size of all its keys, if it is a LEAF2 page.
 */
export function keysOf(
  pages: Pages,
  page: number,
  end: number,
  pgno: number,
  size: number,
): Key[] {
  if ((pages.kind(page) & P_LEAF2) !== 0) {
    const length = pages.leaf2Keys(page, end, pgno, size);
    return Array.from({ length }, (_, index) => {
      const start = page + pages.header + index * size;
      return { start, end: start + size };
    });
  }
  const length = pages.keys(page, end, pgno);
  return Array.from({ length }, (_, index) => {
    const node = pages.node(page, end, pgno, length, index);
    return { start: node + NODESIZE, end: pages.keyEnd(node) };
  });
}

/** Is told of keys that are not in order. */
export type OnDisorder = (fault: Fault, before: Key, after: Key) => void;

/**
 * Makes sure that keys are in order, and each is there once.
 *
 * @param flags tell what the order is.
 * @param pgno the page they are on.
 */
export function checkOrder(
  pages: Pages,
  flags: number,
  keys: Key[],
  pgno: number,
  { least, limit }: Bounds,
  onDisorder: OnDisorder,
): void {
  const { bytes } = pages;
  const order = (a: Key, b: Key) =>
    compareKeys(flags, bytes, a.start, a.end, bytes, b.start, b.end);
  const first = keys.at(0);
  const last = keys.at(-1);
  if (first === undefined || last === undefined) return;
  for (let i = 1; i < keys.length; i++) {
    const before = keys[i - 1], after = keys[i];
    const difference = order(before, after);
    if (difference < 0) continue;
    const error = pages.damaged(
      pgno,
      `a key is not greater than the one before it`,
    );
    if (difference === 0) throw error;
    onDisorder(error.fault, before, after);
  }
  const { fault } = pages.damaged(
    pgno,
    "has keys that the branch above it does not lead to",
  );
  if (least !== undefined && order(least, first) > 0) {
    onDisorder(fault, least, first);
  }
  if (limit !== undefined && order(last, limit) >= 0) {
    onDisorder(fault, last, limit);
  }
}
