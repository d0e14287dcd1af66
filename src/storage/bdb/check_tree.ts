/**
 * Checks trees: that of a B-tree database, and those of duplicates.
 *
 * The keys of a tree are gone through in their order, those of internal pages
 * where their page begins: each must be greater than the one before.
 *
 * @module
 */

import { type Fault, Value } from "../storage.ts";
import { compareValues } from "./compare.ts";
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
  P_IBTREE,
  P_LBTREE,
} from "./layout.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";
import { guarded, type Reached } from "./reached.ts";
import { childOf, children, loadNode, ROOT } from "./tree.ts";

/**
 * Checks the tree below a root page.
 *
 * @param from the page that refers to the root.
 * @param duplicates whether it is a tree of duplicates. Their order may be one
 * that a program has made up, so it is not checked.
 */
export function checkTree(
  pages: Pages,
  reached: Reached,
  root: number,
  from: number,
  duplicates: boolean,
): Iterable<Fault> {
  return new TreeCheck(pages, reached, duplicates).check(root, from);
}

class TreeCheck {
  readonly #pages: Pages;
  readonly #reached: Reached;
  readonly #duplicates: boolean;
  /** The last key and the next one, each with a reader of its own. */
  #last: Key;
  #key: Key;
  /** The type of all leaves; 0 before the first. */
  #leafType = 0;
  /** The last leaf, and the one that it names as the next. */
  #leaf = 0;
  #next = 0;

  constructor(pages: Pages, reached: Reached, duplicates: boolean) {
    this.#pages = pages;
    this.#reached = reached;
    this.#duplicates = duplicates;
    this.#last = new Key(pages);
    this.#key = new Key(pages);
  }

  *check(root: number, from: number): Iterable<Fault> {
    yield* guarded(this.#node(root, from, ROOT));
    if (this.#next !== 0) {
      yield this.#pages.damaged(
        this.#leaf,
        `names page ${this.#next} as the next, and is the last leaf`,
      ).fault;
    }
  }

  *#node(pgno: number, from: number, level: number): Iterable<Fault> {
    const page = this.#pages.newPage();
    loadNode(this.#pages, page, pgno, from, level);
    this.#reached.add(pgno);
    if (page.level > LEAFLEVEL) yield* this.#internal(page);
    else yield* this.#leafPage(page);
  }

  *#internal(page: Page): Iterable<Fault> {
    const entries = children(page);
    for (let item = 0; item < entries; item++) {
      if (page.type === P_IBTREE) {
        const offset = page.item(entries, item, BI_DATA);
        if ((page.u8(offset + B_TYPE) & ~B_DELETE) === B_OVERFLOW) {
          this.#chain(page, offset + BI_DATA);
        }
        // The first key of an internal page counts as less than any.
        if (item > 0) yield* this.#separator(page, offset);
      }
      const child = childOf(page, entries, item);
      yield* guarded(this.#node(child, page.pgno, page.level - 1));
    }
  }

  *#leafPage(page: Page): Iterable<Fault> {
    const { pgno, type } = page;
    if (this.#leafType === 0) {
      this.#leafType = type;
      if ((type === P_LBTREE) === this.#duplicates) {
        throw page.damaged(`is of type ${type}, the leaf of another tree`);
      }
    } else if (type !== this.#leafType) {
      throw page.damaged(`is of type ${type} among others`);
    }
    const { prev } = page;
    if (prev !== this.#leaf) {
      yield page.damaged(`follows page ${this.#leaf} and names ${prev}`).fault;
    }
    if (this.#leaf !== 0 && this.#next !== pgno) {
      yield this.#pages.damaged(
        this.#leaf,
        `names page ${this.#next} as the next, and ${pgno} follows`,
      ).fault;
    }
    this.#leaf = pgno;
    this.#next = page.next;

    const pairs = type === P_LBTREE;
    const entries = pairs ? page.pairedEntries() : page.entries();
    let lastKey = 0;
    for (let item = 0; item < entries; item++) {
      const offset = page.item(entries, item, B_DATA);
      if (!pairs || item % 2 !== 0) yield* this.#data(page, offset);
      else if (offset !== lastKey) {
        if ((page.u8(offset + B_TYPE) & ~B_DELETE) === B_OVERFLOW) {
          this.#chain(page, offset);
        }
        yield* this.#leafKey(page, offset);
        lastKey = offset;
      }
    }
  }

  *#data(page: Page, offset: number): Iterable<Fault> {
    const type = page.u8(offset + B_TYPE) & ~B_DELETE;
    if (type === B_KEYDATA) {
      page.require(offset, B_DATA + page.u16(offset));
    } else if (type === B_OVERFLOW) {
      this.#chain(page, offset);
    } else if (type === B_DUPLICATE && !this.#duplicates) {
      page.require(offset, BOVERFLOW_SIZE);
      const root = page.u32(offset + B_PGNO);
      yield* checkTree(this.#pages, this.#reached, root, page.pgno, true);
    } else {
      yield page.damaged(`data are of the unknown type ${type}`).fault;
    }
  }

  #chain(page: Page, offset: number): void {
    page.require(offset, BOVERFLOW_SIZE);
    const first = page.u32(offset + B_PGNO);
    const tlen = page.u32(offset + B_TLEN);
    this.#reached.addChain(this.#key.items.overflow, first, tlen, page.pgno);
  }

  *#leafKey(page: Page, offset: number): Iterable<Fault> {
    this.#key.isSeparator = false;
    this.#key.items.bytes(page, offset, this.#key.value);
    yield* this.#order(page);
  }

  *#separator(page: Page, offset: number): Iterable<Fault> {
    const { items, value } = this.#key;
    this.#key.isSeparator = true;
    if ((page.u8(offset + B_TYPE) & ~B_DELETE) === B_OVERFLOW) {
      // The overflow item stands where the key would.
      items.bytes(page, offset + BI_DATA, value);
    } else {
      const length = page.u16(offset);
      page.require(offset, BI_DATA + length);
      value.bytes = page.bytes;
      value.start = page.start + offset + BI_DATA;
      value.end = value.start + length;
    }
    yield* this.#order(page);
  }

  *#order(page: Page): Iterable<Fault> {
    const last = this.#last, key = this.#key;
    const order = last.isNone ? -1 : compareValues(last.value, key.value);
    // The first key of a page may be just what the internal page has.
    if (order > 0 || order === 0 && (key.isSeparator || !last.isSeparator)) {
      yield page.damaged(
        "has keys that are not in the order of their bytes",
      ).fault;
    }
    key.isNone = false;
    this.#last = key;
    this.#key = last;
  }
}

/** A key that was read, and what it was read with. */
class Key {
  readonly items: Items;
  readonly value: Value = new Value();
  isNone = true;
  isSeparator = false;

  constructor(pages: Pages) {
    this.items = new Items(pages);
  }
}
