/**
 * The items of leaves of trees: keys, data, and the trees of duplicates that
 * data can be.
 *
 * @module
 */

import type { Value } from "../storage.ts";
import {
  B_DATA,
  B_DELETE,
  B_DUPLICATE,
  B_KEYDATA,
  B_OVERFLOW,
  B_PGNO,
  B_TLEN,
  B_TYPE,
  BOVERFLOW_SIZE,
  P_LBTREE,
  TYPE,
} from "./layout.ts";
import { Overflow } from "./overflow.ts";
import type { Pages } from "./pages.ts";
import { firstLeaf, leafPage, nextLeaf } from "./tree.ts";

/** Reads the items of one file. */
export class Items {
  /** Where long items are read. */
  readonly overflow: Overflow;
  readonly #pages: Pages;

  /** Reads items of these pages. */
  constructor(pages: Pages) {
    this.overflow = new Overflow(pages);
    this.#pages = pages;
  }

  /** Reads the bytes of a key, or of a duplicate, at `at`. */
  bytes(page: number, pgno: number, at: number, value: Value): void {
    const pages = this.#pages;
    const type = pages.bytes[at + B_TYPE] & ~B_DELETE;
    if (type === B_KEYDATA) {
      value.bytes = pages.bytes;
      value.start = at + B_DATA;
      value.end = value.start + pages.u16(at);
      pages.require(page, pgno, value.end);
    } else if (type === B_OVERFLOW) {
      pages.require(page, pgno, at + BOVERFLOW_SIZE);
      const first = pages.u32(at + B_PGNO);
      this.overflow.read(first, pages.u32(at + B_TLEN), pgno, value);
    } else {
      throw pages.damaged(pgno, `an item is of the unknown type ${type}`);
    }
  }

  /**
   * Reads the data at `at`, which are not deleted; of several, the first.
   *
   * @returns whether there are any: all of several can be deleted.
   */
  data(page: number, pgno: number, at: number, value: Value): boolean {
    const pages = this.#pages;
    if (pages.bytes[at + B_TYPE] === B_DUPLICATE) {
      pages.require(page, pgno, at + BOVERFLOW_SIZE);
      return this.firstDuplicate(pages.u32(at + B_PGNO), pgno, value);
    }
    this.bytes(page, pgno, at, value);
    return true;
  }

  /**
   * Reads the first item of a tree of duplicates that is not deleted.
   *
   * @param root the tree's root page.
   * @param from the page that refers to it.
   * @returns whether there is one.
   */
  firstDuplicate(root: number, from: number, value: Value): boolean {
    const pages = this.#pages;
    let pgno = firstLeaf(pages, root, from);
    const type = pages.bytes[pages.page(pgno, root) + TYPE];
    if (type === P_LBTREE) {
      throw pages.damaged(root, "is not the root of a tree of duplicates");
    }
    for (let prev = 0; pgno !== 0;) {
      const page = leafPage(pages, pgno, prev, type);
      const entries = pages.entries(page, pgno);
      for (let item = 0; item < entries; item++) {
        const at = pages.item(page, pgno, entries, item, B_DATA);
        if ((pages.bytes[at + B_TYPE] & B_DELETE) !== 0) continue;
        this.bytes(page, pgno, at, value);
        return true;
      }
      prev = pgno;
      pgno = nextLeaf(pages, page);
    }
    return false;
  }
}
