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
} from "./layout.ts";
import { Overflow } from "./overflow.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";
import { loadFirstLeaf, loadNextLeaf } from "./tree.ts";

/** Reads the items of one file. */
export class Items {
  /** Where long items are read. */
  readonly overflow: Overflow;
  readonly #pages: Pages;
  readonly #leaf: Page;

  /** Reads items of these pages. */
  constructor(pages: Pages) {
    this.overflow = new Overflow(pages);
    this.#pages = pages;
    this.#leaf = pages.newPage();
  }

  /** Reads the bytes of a key, or of a duplicate, at an offset. */
  bytes(page: Page, offset: number, value: Value): void {
    const type = page.u8(offset + B_TYPE) & ~B_DELETE;
    if (type === B_KEYDATA) {
      const length = page.u16(offset);
      page.require(offset, B_DATA + length);
      value.bytes = page.bytes;
      value.start = page.start + offset + B_DATA;
      value.end = value.start + length;
    } else if (type === B_OVERFLOW) {
      page.require(offset, BOVERFLOW_SIZE);
      const first = page.u32(offset + B_PGNO);
      this.overflow.read(first, page.u32(offset + B_TLEN), page.pgno, value);
    } else {
      throw page.damaged(`an item is of the unknown type ${type}`);
    }
  }

  /**
   * Reads the data at an offset, which are not deleted; of several, the first.
   *
   * @returns whether there are any: all of several can be deleted.
   */
  data(page: Page, offset: number, value: Value): boolean {
    if (page.u8(offset + B_TYPE) === B_DUPLICATE) {
      page.require(offset, BOVERFLOW_SIZE);
      return this.firstDuplicate(page.u32(offset + B_PGNO), page.pgno, value);
    }
    this.bytes(page, offset, value);
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
    const leaf = this.#leaf;
    loadFirstLeaf(pages, leaf, root, from);
    if (leaf.type === P_LBTREE) {
      throw leaf.damaged(`is no leaf of the duplicates of page ${from}`);
    }
    do {
      const entries = leaf.entries();
      for (let item = 0; item < entries; item++) {
        const offset = leaf.item(entries, item, B_DATA);
        if ((leaf.u8(offset + B_TYPE) & B_DELETE) !== 0) continue;
        this.bytes(leaf, offset, value);
        return true;
      }
    } while (loadNextLeaf(pages, leaf));
    return false;
  }

  /**
   * Reads all data at an offset, one after the other; none if they are deleted.
   *
   * @param value is filled in with each.
   */
  *allData(page: Page, offset: number, value: Value): Iterable<Value> {
    const type = page.u8(offset + B_TYPE);
    if ((type & B_DELETE) !== 0) return;
    if (type === B_DUPLICATE) {
      page.require(offset, BOVERFLOW_SIZE);
      yield* this.allDuplicates(page.u32(offset + B_PGNO), page.pgno, value);
      return;
    }
    this.bytes(page, offset, value);
    yield value;
  }

  /** Reads all items of a tree of duplicates; see {@linkcode firstDuplicate}. */
  *allDuplicates(root: number, from: number, value: Value): Iterable<Value> {
    const pages = this.#pages;
    const leaf = pages.newPage();
    loadFirstLeaf(pages, leaf, root, from);
    if (leaf.type === P_LBTREE) {
      throw leaf.damaged(`is no leaf of the duplicates of page ${from}`);
    }
    do {
      const entries = leaf.entries();
      for (let item = 0; item < entries; item++) {
        const offset = leaf.item(entries, item, B_DATA);
        if ((leaf.u8(offset + B_TYPE) & B_DELETE) !== 0) continue;
        this.bytes(leaf, offset, value);
        yield value;
      }
    } while (loadNextLeaf(pages, leaf));
  }
}
