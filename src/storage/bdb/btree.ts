/**
 * Finds keys in a B-tree. The layout is told in `layout.ts`.
 *
 * Keys are in the order of their bytes. An internal page has the least key of
 * each page below it, or as much of that as tells it from the page before; its
 * first key counts as less than any.
 *
 * @module
 */

import {
  type DataFileError,
  type Entry,
  type Fault,
  type Snapshot,
  Value,
} from "../storage.ts";
import { checkFile } from "./check.ts";
import { hasPrefix } from "./compare.ts";
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
  LEVEL,
  P_IBTREE,
  P_LBTREE,
  TYPE,
} from "./layout.ts";
import type { BtreeMeta } from "./meta.ts";
import type { Pages } from "./pages.ts";
import {
  childOf,
  firstLeaf,
  leafPage,
  nextLeaf,
  ROOT,
  treePage,
} from "./tree.ts";

/** A key on a leaf: the item of its first data. */
interface Place {
  page: number;
  pgno: number;
  entries: number;
  item: number;
}

/** A B-tree database. */
export class BtreeSnapshot implements Snapshot {
  /** Tells it from a hash. */
  readonly kind = "btree";
  readonly #pages: Pages;
  readonly #meta: number;
  readonly #root: number;
  readonly #duplicates: boolean;
  readonly #items: Items;

  /** Reads the B-tree of these metadata. */
  constructor(pages: Pages, meta: BtreeMeta) {
    this.#pages = pages;
    this.#meta = meta.pgno;
    this.#root = meta.root;
    this.#duplicates = meta.duplicates;
    this.#items = new Items(pages);
  }

  /** Finds the first data of a key; see {@linkcode Snapshot.find}. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const pages = this.#pages;
    const file = pages.bytes;
    let pgno = this.#root;
    let page = treePage(pages, pgno, this.#meta, ROOT);
    while (file[page + TYPE] === P_IBTREE) {
      const entries = pages.entries(page, pgno);
      if (entries === 0) throw pages.damaged(pgno, "refers to no page");
      const keys = entries - 1;
      const found = this.#search(page, pgno, 1, 1, keys, bytes, start, end);
      // Without an equal key, the page of the greatest lesser one.
      const item = found < 0 ? ~found : 1 + found;
      const child = childOf(pages, page, pgno, entries, item);
      page = treePage(pages, child, pgno, file[page + LEVEL] - 1);
      pgno = child;
    }
    if (file[page + TYPE] !== P_LBTREE) {
      throw pages.damaged(pgno, `is of type ${file[page + TYPE]}, not a leaf`);
    }
    const entries = this.#pairs(page, pgno);
    const keys = entries >>> 1;
    const found = this.#search(page, pgno, 0, 2, keys, bytes, start, end);
    if (found < 0) return false;
    const at = this.#live(page, pgno, entries, 2 * found);
    if (at < 0) return false;
    value.flags = 0;
    return this.#items.data(page, pgno, at, value);
  }

  /** All records, in the order of their keys. */
  *entries(): Iterable<Entry> {
    // A key and its data may both be long: they must not share a buffer.
    const keys = new Items(this.#pages);
    const key = new Value();
    const value = new Value();
    for (const { page, pgno, entries, item } of this.#places()) {
      const data = this.#live(page, pgno, entries, item);
      if (data < 0 || !this.#items.data(page, pgno, data, value)) continue;
      const at = this.#pages.item(page, pgno, entries, item, B_DATA);
      keys.bytes(page, pgno, at, key);
      yield {
        key: key.bytes.subarray(key.start, key.end),
        value: value.bytes.subarray(value.start, value.end),
      };
    }
  }

  /** How many keys there are; reads all leaves. */
  count(): number {
    const { bytes } = this.#pages;
    const value = new Value();
    let count = 0;
    for (const { page, pgno, entries, item } of this.#places()) {
      const at = this.#live(page, pgno, entries, item);
      if (at < 0) continue;
      if (
        bytes[at + B_TYPE] !== B_DUPLICATE ||
        this.#items.data(page, pgno, at, value)
      ) count++;
    }
    return count;
  }

  /** Checks the whole file, with all databases that are in it. */
  check(): Iterable<Fault> {
    return checkFile(this.#pages);
  }

  /** Each key once. What it yields is the same object again and again. */
  *#places(): Iterable<Readonly<Place>> {
    const pages = this.#pages;
    const place: Place = { page: 0, pgno: 0, entries: 0, item: 0 };
    let pgno = firstLeaf(pages, this.#root, this.#meta);
    for (let prev = 0; pgno !== 0;) {
      const page = leafPage(pages, pgno, prev, P_LBTREE);
      const entries = this.#pairs(page, pgno);
      place.page = page;
      place.pgno = pgno;
      place.entries = entries;
      let last = 0;
      for (let item = 0; item < entries; item += 2) {
        const key = pages.item(page, pgno, entries, item, B_DATA);
        if (key === last) continue;
        last = key;
        place.item = item;
        yield place;
      }
      prev = pgno;
      pgno = nextLeaf(pages, page);
    }
  }

  /** How many items a leaf has. */
  #pairs(page: number, pgno: number): number {
    const entries = this.#pages.entries(page, pgno);
    if (entries % 2 !== 0) {
      throw this.#pages.damaged(pgno, "has a key without data");
    }
    return entries;
  }

  /**
   * Searches the keys of a page.
   *
   * @param first the item of the first key: on internal pages, the second item.
   * @param step how many items there are to a key: on leaves, two.
   * @param keys how many keys there are.
   * @returns which of the keys is equal to `bytes[start, end)`; if none is, the
   * complement (`~`) of how many are less.
   */
  #search(
    page: number,
    pgno: number,
    first: number,
    step: number,
    keys: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const pages = this.#pages;
    const file = pages.bytes;
    const lo = pages.lowByte, hi = 1 - lo;
    const index = page + pages.index + 2 * first;
    const data = first === 0 ? B_DATA : BI_DATA;
    const limit = pages.size - data;
    const size = end - start;
    // How many bytes the key has in common with the last lesser and the last
    // greater one: it has the lesser of them in common with all in between.
    let lowCommon = 0, highCommon = 0;
    let low = 0, high = keys;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const slot = index + 2 * middle * step;
      const offset = file[slot + lo] | file[slot + hi] << 8;
      if (offset > limit) throw this.#misplaced(pgno, offset);
      const at = page + offset;
      const skip = lowCommon < highCommon ? lowCommon : highCommon;
      let common = 0, order = 0;
      if ((file[at + B_TYPE] & ~B_DELETE) === B_KEYDATA) {
        const length = file[at + lo] | file[at + hi] << 8;
        if (offset + length > limit) throw this.#misplaced(pgno, offset);
        const key = at + data;
        const stop = length < size ? length : size;
        common = skip;
        while (
          common < stop && file[key + common] === bytes[start + common]
        ) common++;
        order = common < stop
          ? bytes[start + common] - file[key + common]
          : size - length;
        if (order === 0) {
          if (hasPrefix(file, key, bytes, start, skip)) return middle;
          throw pages.damaged(pgno, "its keys are not in order");
        }
      } else {
        order = this.#compareLong(page, pgno, at, data, bytes, start, end);
        if (order === 0) return middle;
      }
      if (order < 0) {
        high = middle;
        highCommon = common;
      } else {
        low = middle + 1;
        lowCommon = common;
      }
    }
    return ~low;
  }

  /** Compares `bytes[start, end)` with a key that is not on the page. */
  #compareLong(
    page: number,
    pgno: number,
    at: number,
    data: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const pages = this.#pages;
    const type = pages.bytes[at + B_TYPE] & ~B_DELETE;
    if (type !== B_OVERFLOW) {
      throw pages.damaged(pgno, `a key is of the unknown type ${type}`);
    }
    // In an internal item, the overflow item stands where the key would.
    if (data === BI_DATA) at += BI_DATA;
    pages.require(page, pgno, at + BOVERFLOW_SIZE);
    return this.#items.overflow.compare(
      pages.u32(at + B_PGNO),
      pages.u32(at + B_TLEN),
      pgno,
      bytes,
      start,
      end,
    );
  }

  #misplaced(pgno: number, offset: number): DataFileError {
    return this.#pages.damaged(
      pgno,
      `an item at offset ${offset} ends behind the page`,
    );
  }

  /**
   * Where the first data of a key are that are not deleted; less than 0 if all
   * are. Data of the same key share its offset.
   *
   * @param item any item of that key.
   */
  #live(page: number, pgno: number, entries: number, item: number): number {
    const pages = this.#pages;
    let last = item;
    if (this.#duplicates) {
      const key = pages.item(page, pgno, entries, item, B_DATA);
      while (
        item > 0 && pages.item(page, pgno, entries, item - 2, B_DATA) === key
      ) item -= 2;
      while (
        last + 2 < entries &&
        pages.item(page, pgno, entries, last + 2, B_DATA) === key
      ) last += 2;
    }
    for (; item <= last; item += 2) {
      const at = pages.item(page, pgno, entries, item + 1, B_DATA);
      if ((pages.bytes[at + B_TYPE] & B_DELETE) === 0) return at;
    }
    return -1;
  }
}
