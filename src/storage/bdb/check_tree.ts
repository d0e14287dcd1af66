/**
 * Checks trees: those of B-tree databases, and those of duplicates.
 *
 * @module
 */

import { Value } from "../storage.ts";
import type { Findings } from "./check.ts";
import { compareBytes } from "./compare.ts";
import { Items } from "./items.ts";
import {
  B_DATA,
  B_DELETE,
  B_DUPLICATE,
  B_KEYDATA,
  B_OVERFLOW,
  B_PGNO,
  B_TLEN,
  B_TYPE,
  BI_DATA,
  BOVERFLOW_SIZE,
  LEAFLEVEL,
  LEVEL,
  P_IBTREE,
  P_LBTREE,
  P_LDUP,
  TYPE,
} from "./layout.ts";
import type { BtreeMeta } from "./meta.ts";
import type { Pages } from "./pages.ts";
import { childOf, leafPage, nextLeaf, ROOT, treePage } from "./tree.ts";

/** Goes over the trees of one file. */
export class CheckedTree {
  readonly #pages: Pages;
  readonly #findings: Findings;
  readonly #items: Items;
  /** The leaf that was visited last in the tree; 0 before the first. */
  #leaf = 0;

  /** Checks trees on these pages. */
  constructor(pages: Pages, findings: Findings) {
    this.#pages = pages;
    this.#findings = findings;
    this.#items = new Items(pages);
  }

  /** The tree of a database. */
  check(meta: BtreeMeta): void {
    this.tree(meta.root, meta.pgno);
  }

  /** The tree below a root page. */
  tree(root: number, from: number): void {
    const before = this.#leaf;
    this.#leaf = 0;
    this.#page(root, from, ROOT, undefined, undefined);
    const last = this.#leaf;
    if (last !== 0) {
      const next = nextLeaf(this.#pages, this.#pages.page(last, from));
      if (next !== 0) {
        this.#findings.add(last, `is the last leaf, and names page ${next}`);
      }
    }
    this.#leaf = before;
  }

  /** The chain of an overflow item at `at`; keys may share one. */
  overflow(page: number, pgno: number, at: number): void {
    const pages = this.#pages;
    pages.require(page, pgno, at + BOVERFLOW_SIZE);
    const first = pages.u32(at + B_PGNO);
    this.#items.overflow.follow(
      first,
      pages.u32(at + B_TLEN),
      pgno,
      (number) => this.#findings.share(number),
    );
  }

  #page(
    pgno: number,
    from: number,
    level: number,
    least: Uint8Array | undefined,
    limit: Uint8Array | undefined,
  ): void {
    const pages = this.#pages;
    const page = treePage(pages, pgno, from, level);
    if (!this.#findings.reach(pgno)) return;
    const found = pages.bytes[page + LEVEL];
    if (found === LEAFLEVEL) this.#checkLeaf(page, pgno, least, limit);
    else this.#internal(page, pgno, found, least, limit);
  }

  #internal(
    page: number,
    pgno: number,
    level: number,
    least: Uint8Array | undefined,
    limit: Uint8Array | undefined,
  ): void {
    const pages = this.#pages;
    const sorted = pages.bytes[page + TYPE] === P_IBTREE;
    const entries = pages.entries(page, pgno);
    if (entries === 0) this.#findings.add(pgno, "refers to no page");
    const keys: (Uint8Array | undefined)[] = [];
    for (let item = 0; item < entries; item++) {
      // The first key of an internal page counts as less than any.
      keys.push(
        !sorted || item === 0
          ? least
          : this.#internalKey(page, pgno, entries, item),
      );
      this.#order(pgno, item, keys[item - 1], keys[item], limit);
    }
    for (let item = 0; item < entries; item++) {
      const child = childOf(pages, page, pgno, entries, item);
      this.#findings.guard(() =>
        this.#page(child, pgno, level - 1, keys[item], keys[item + 1] ?? limit)
      );
    }
  }

  #internalKey(
    page: number,
    pgno: number,
    entries: number,
    item: number,
  ): Uint8Array {
    const pages = this.#pages;
    const at = pages.item(page, pgno, entries, item, BI_DATA);
    const value = new Value();
    if ((pages.bytes[at + B_TYPE] & ~B_DELETE) === B_KEYDATA) {
      const end = at + BI_DATA + pages.u16(at);
      pages.require(page, pgno, end);
      return pages.bytes.slice(at + BI_DATA, end);
    }
    // The overflow item stands where the key would.
    this.overflow(page, pgno, at + BI_DATA);
    this.#items.bytes(page, pgno, at + BI_DATA, value);
    return value.bytes.slice(value.start, value.end);
  }

  #checkLeaf(
    page: number,
    pgno: number,
    least: Uint8Array | undefined,
    limit: Uint8Array | undefined,
  ): void {
    const pages = this.#pages;
    const type = pages.bytes[page + TYPE];
    this.#findings.guard(() => leafPage(pages, pgno, this.#leaf, type));
    if (this.#leaf !== 0) {
      const next = nextLeaf(pages, pages.page(this.#leaf, pgno));
      if (next !== pgno) {
        this.#findings.add(
          this.#leaf,
          `names page ${next}, and ${pgno} follows`,
        );
      }
    }
    this.#leaf = pgno;
    const entries = pages.entries(page, pgno);
    const pairs = type === P_LBTREE;
    if (pairs && entries % 2 !== 0) {
      this.#findings.add(pgno, "has a key without data");
    }
    let last: Uint8Array | undefined = least;
    let lastAt = 0;
    for (let item = 0; item < entries; item++) {
      const at = pages.item(page, pgno, entries, item, B_DATA);
      const isKey = pairs ? item % 2 === 0 : type === P_LDUP;
      if (isKey && at === lastAt) continue; // one more duplicate of a key
      const bytes = this.#item(page, pgno, at);
      if (!isKey || bytes === undefined) continue;
      this.#order(pgno, item, last, bytes, limit);
      last = bytes;
      lastAt = at;
    }
  }

  /** An item of a leaf, whole; `undefined` if it is a tree of duplicates. */
  #item(page: number, pgno: number, at: number): Uint8Array | undefined {
    const pages = this.#pages;
    const type = pages.bytes[at + B_TYPE] & ~B_DELETE;
    if (type === B_DUPLICATE) {
      pages.require(page, pgno, at + BOVERFLOW_SIZE);
      const root = pages.u32(at + B_PGNO);
      this.#findings.guard(() => this.tree(root, pgno));
      return undefined;
    }
    if (type === B_OVERFLOW) this.overflow(page, pgno, at);
    const value = new Value();
    this.#items.bytes(page, pgno, at, value);
    return value.bytes.slice(value.start, value.end);
  }

  #order(
    pgno: number,
    item: number,
    last: Uint8Array | undefined,
    key: Uint8Array | undefined,
    limit: Uint8Array | undefined,
  ): void {
    if (key === undefined) return;
    if (last !== undefined && compare(last, key) > 0) {
      this.#findings.add(pgno, `item ${item} is out of order`);
    }
    if (limit !== undefined && compare(key, limit) > 0) {
      this.#findings.add(pgno, `item ${item} belongs on another page`);
    }
  }
}

function compare(a: Uint8Array, b: Uint8Array): number {
  return compareBytes(a, 0, a.length, b, 0, b.length);
}
