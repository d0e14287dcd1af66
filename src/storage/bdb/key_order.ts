/**
 * The order of the keys of a B-tree, as they come from its first page to its last,
 * those of an internal page where the page that each leads to begins.
 *
 * @module
 */

import { disorderError } from "../disorder.ts";
import { Value } from "../storage.ts";
import { compareValues } from "./compare.ts";
import { Items } from "./items.ts";
import {
  B_DATA,
  B_DELETE,
  B_OVERFLOW,
  B_TYPE,
  BI_DATA,
  LEAFLEVEL,
  P_IBTREE,
  P_LBTREE,
} from "./layout.ts";
import type { BtreeMeta } from "./meta.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";
import { childOf, children, loadNode, ROOT } from "./tree.ts";

/** How a key stands to the one before it. */
export enum Order {
  /** It is greater. */
  Right,
  /** It is the same. */
  Same,
  /** It is less. */
  Wrong,
}

/** Compares each key with the one before it. */
export class KeyOrder {
  #last: Key;
  #key: Key;

  /** Begins before the first key. */
  constructor(pages: Pages) {
    this.#last = new Key(pages);
    this.#key = new Key(pages);
  }

  /** The key before the last one. */
  get before(): Value {
    return this.#key.value;
  }

  /** The last key. */
  get after(): Value {
    return this.#last.value;
  }

  /** The key of a leaf comes next. */
  leafKey(page: Page, offset: number): Order {
    this.#key.isSeparator = false;
    this.#key.items.bytes(page, offset, this.#key.value);
    return this.#compare();
  }

  /** The key of an internal page comes next. */
  separator(page: Page, offset: number): Order {
    const { items, value } = this.#key;
    this.#key.isSeparator = true;
    if (isLong(page, offset)) {
      // The overflow item stands where the key would.
      items.bytes(page, offset + BI_DATA, value);
    } else {
      const length = page.u16(offset);
      page.require(offset, BI_DATA + length);
      value.bytes = page.bytes;
      value.start = page.start + offset + BI_DATA;
      value.end = value.start + length;
    }
    return this.#compare();
  }

  #compare(): Order {
    const last = this.#last, key = this.#key;
    const order = last.isNone ? -1 : compareValues(last.value, key.value);
    key.isNone = false;
    this.#last = key;
    this.#key = last;
    if (order > 0) return Order.Wrong;
    // The first key of a page may be just what the internal page has.
    return order === 0 && (key.isSeparator || !last.isSeparator)
      ? Order.Same
      : Order.Right;
  }
}

/** Whether the key of an item is on overflow pages. */
export function isLong(page: Page, offset: number): boolean {
  return (page.u8(offset + B_TYPE) & ~B_DELETE) === B_OVERFLOW;
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

/** So many pages below each internal page are looked at, if not all. */
const SAMPLE = 3;

/**
 * Makes sure that keys are in the order of their bytes.
 *
 * @param all on all pages; or else on some.
 * @throws {DataFileError} if they are not.
 */
export function checkOrder(pages: Pages, meta: BtreeMeta, all: boolean): void {
  const keys = new KeyOrder(pages);
  const check = (page: Page, order: Order) => {
    if (order !== Order.Wrong) return;
    const place = `page ${page.pgno}`;
    throw disorderError(pages.path, place, keys.before, keys.after);
  };
  const visit = (pgno: number, from: number, level: number) => {
    const page = pages.newPage();
    loadNode(pages, page, pgno, from, level);
    if (page.level === LEAFLEVEL) {
      if (page.type !== P_LBTREE) return;
      const entries = page.pairedEntries();
      for (let item = 0, last = 0; item < entries; item += 2) {
        const offset = page.item(entries, item, B_DATA);
        if (offset !== last) check(page, keys.leafKey(page, offset));
        last = offset;
      }
      return;
    }
    const entries = children(page);
    const step = all ? 1 : Math.max(1, Math.floor((entries - 1) / SAMPLE));
    for (let item = 0; item < entries; item++) {
      if (item > 0 && page.type === P_IBTREE) {
        const offset = page.item(entries, item, BI_DATA);
        check(page, keys.separator(page, offset));
      }
      if (item % step !== 0) continue;
      visit(childOf(page, entries, item), page.pgno, page.level - 1);
    }
  };
  visit(meta.root, meta.pgno, ROOT);
}
