/**
 * Finds keys in a B-tree. The layout is told in `layout.ts`.
 *
 * Keys are in the order of their bytes. An internal page has the least key of
 * each page below it, or as much of that as tells it from the page before; its
 * first key counts as less than any.
 *
 * @module
 */

import { RandomWalks } from "../random.ts";
import { type Entry, Value } from "../storage.ts";
import { startsWith } from "./compare.ts";
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
  P_IBTREE,
  P_LBTREE,
} from "./layout.ts";
import type { BtreeMeta } from "./meta.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";
import {
  childOf,
  children,
  loadFirstLeaf,
  loadNextLeaf,
  loadNode,
  ROOT,
} from "./tree.ts";

/** A key on a leaf. */
interface Place {
  page: Page;
  entries: number;
  /** The first item with that key. */
  item: number;
}

/** A B-tree database. */
export class Btree {
  readonly #pages: Pages;
  readonly #meta: BtreeMeta;
  readonly #page: Page;
  readonly #items: Items;
  readonly #walks = new RandomWalks();

  /** Reads the B-tree of these metadata. */
  constructor(pages: Pages, meta: BtreeMeta) {
    this.#pages = pages;
    this.#meta = meta;
    this.#page = pages.newPage();
    this.#items = new Items(pages);
  }

  /** Finds the first data of a key; see {@linkcode Snapshot.find}. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const pages = this.#pages;
    const page = this.#page;
    loadNode(pages, page, this.#meta.root, this.#meta.pgno, ROOT);
    while (page.type === P_IBTREE) {
      const entries = children(page);
      const found = this.#search(page, 1, 1, entries - 1, bytes, start, end);
      // Without an equal key, the page of the greatest lesser one.
      const child = childOf(page, entries, found < 0 ? ~found : 1 + found);
      loadNode(pages, page, child, page.pgno, page.level - 1);
    }
    requireLeaf(page);
    const entries = page.pairedEntries();
    const found = this.#search(page, 0, 2, entries >>> 1, bytes, start, end);
    if (found < 0) return false;
    const data = this.#live(page, entries, 2 * found);
    if (data < 0) return false;
    value.flags = 0;
    return this.#items.data(page, data, value);
  }

  /** All records, in the order of their keys. */
  *entries(): Iterable<Entry> {
    // What is read here must last while `find` is called, and a key while its
    // data are read.
    const keys = new Items(this.#pages);
    const items = new Items(this.#pages);
    const key = new Value();
    const value = new Value();
    for (const { page, entries, item } of this.#places()) {
      const data = this.#live(page, entries, item);
      if (data < 0 || !items.data(page, data, value)) continue;
      keys.bytes(page, page.item(entries, item, B_DATA), key);
      yield {
        key: key.bytes.subarray(key.start, key.end),
        value: value.bytes.subarray(value.start, value.end),
      };
    }
  }

  /**
   * The key of a random record; `undefined` if there is none, or hardly any
   * among deleted ones.
   */
  randomKey(): Uint8Array | undefined {
    const value = new Value();
    return this.#walks.find((choose) => {
      const page = this.#randomLeaf(choose);
      const entries = page.pairedEntries();
      if (entries === 0) return undefined;
      const item = 2 * choose(entries >>> 1);
      const key = page.item(entries, item, B_DATA);
      // Of several data of a key, only the first counts.
      if (item > 0 && page.item(entries, item - 2, B_DATA) === key) {
        return undefined;
      }
      const data = this.#live(page, entries, item);
      if (data < 0 || !this.#items.data(page, data, value)) return undefined;
      this.#items.bytes(page, key, value);
      return value.bytes.slice(value.start, value.end);
    });
  }

  #randomLeaf(choose: (items: number) => number): Page {
    const pages = this.#pages;
    const page = this.#page;
    loadNode(pages, page, this.#meta.root, this.#meta.pgno, ROOT);
    while (page.type === P_IBTREE) {
      const entries = children(page);
      const child = childOf(page, entries, choose(entries));
      loadNode(pages, page, child, page.pgno, page.level - 1);
    }
    requireLeaf(page);
    return page;
  }

  /** All data of all keys, in the order of the keys. */
  *allEntries(): Iterable<Entry> {
    const keys = new Items(this.#pages);
    const items = new Items(this.#pages);
    const key = new Value();
    const value = new Value();
    const page = this.#pages.newPage();
    loadFirstLeaf(this.#pages, page, this.#meta.root, this.#meta.pgno);
    requireLeaf(page);
    do {
      const entries = page.pairedEntries();
      for (let item = 0; item < entries; item += 2) {
        const data = page.item(entries, item + 1, B_DATA);
        for (const { bytes, start, end } of items.allData(page, data, value)) {
          keys.bytes(page, page.item(entries, item, B_DATA), key);
          yield {
            key: key.bytes.subarray(key.start, key.end),
            value: bytes.subarray(start, end),
          };
        }
      }
    } while (loadNextLeaf(this.#pages, page));
  }

  /** How many keys there are; reads all leaves. */
  count(): number {
    const items = new Items(this.#pages);
    const value = new Value();
    let count = 0;
    for (const { page, entries, item } of this.#places()) {
      const data = this.#live(page, entries, item);
      if (data < 0) continue;
      const isTree = page.u8(data + B_TYPE) === B_DUPLICATE;
      if (!isTree || items.data(page, data, value)) count++;
    }
    return count;
  }

  /** Each key once. What it yields is the same object again and again. */
  *#places(): Iterable<Readonly<Place>> {
    const page = this.#pages.newPage();
    const place: Place = { page, entries: 0, item: 0 };
    loadFirstLeaf(this.#pages, page, this.#meta.root, this.#meta.pgno);
    requireLeaf(page);
    do {
      const entries = page.pairedEntries();
      place.entries = entries;
      let last = 0;
      for (let item = 0; item < entries; item += 2) {
        // Equal keys share their bytes.
        const key = page.item(entries, item, B_DATA);
        if (key === last) continue;
        last = key;
        place.item = item;
        yield place;
      }
    } while (loadNextLeaf(this.#pages, page));
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
    page: Page,
    first: number,
    step: number,
    keys: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    // All in local variables: this loop is where a get spends its time.
    const file = page.bytes;
    const low8 = page.lowByte, high8 = 1 - low8;
    const index = page.start + page.index + 2 * first;
    const data = first === 0 ? B_DATA : BI_DATA;
    const limit = page.size - data;
    const size = end - start;
    // How many bytes the key has in common with the last lesser and the last
    // greater one: it has the lesser of them in common with all in between.
    let lowCommon = 0, highCommon = 0;
    let low = 0, high = keys;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const slot = index + 2 * middle * step;
      const offset = file[slot + low8] | file[slot + high8] << 8;
      if (offset > limit) throw page.misplaced(offset);
      const at = page.start + offset;
      let common = 0, order = 0;
      if ((file[at + B_TYPE] & ~B_DELETE) === B_KEYDATA) {
        const length = file[at + low8] | file[at + high8] << 8;
        if (offset + length > limit) throw page.misplaced(offset);
        const key = at + data;
        const least = length < size ? length : size;
        const skip = lowCommon < highCommon ? lowCommon : highCommon;
        common = skip;
        while (
          common < least && file[key + common] === bytes[start + common]
        ) common++;
        order = common < least
          ? bytes[start + common] - file[key + common]
          : size - length;
        if (order === 0) {
          if (startsWith(file, key, bytes, start, skip)) return middle;
          throw page.damaged("has keys that are not in order");
        }
      } else {
        order = this.#compareLong(page, offset, data, bytes, start, end);
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
    page: Page,
    offset: number,
    data: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const type = page.u8(offset + B_TYPE) & ~B_DELETE;
    if (type !== B_OVERFLOW) {
      throw page.damaged(`a key is of the unknown type ${type}`);
    }
    // In an internal item, the overflow item stands where the key would.
    if (data === BI_DATA) offset += BI_DATA;
    page.require(offset, BOVERFLOW_SIZE);
    return this.#items.overflow.compare(
      page.u32(offset + B_PGNO),
      page.u32(offset + B_TLEN),
      page.pgno,
      bytes,
      start,
      end,
    );
  }

  /**
   * Where the first data of a key are that are not deleted; less than 0 if all
   * are.
   *
   * @param item any item of that key.
   */
  #live(page: Page, entries: number, item: number): number {
    let last = item;
    if (this.#meta.duplicates) {
      const key = page.item(entries, item, B_DATA);
      while (item > 0 && page.item(entries, item - 2, B_DATA) === key) {
        item -= 2;
      }
      while (
        last + 2 < entries && page.item(entries, last + 2, B_DATA) === key
      ) last += 2;
    }
    for (; item <= last; item += 2) {
      const data = page.item(entries, item + 1, B_DATA);
      if ((page.u8(data + B_TYPE) & B_DELETE) === 0) return data;
    }
    return -1;
  }
}

function requireLeaf(page: Page): void {
  if (page.type !== P_LBTREE) {
    throw page.damaged(`is of type ${page.type}, not a leaf of a B-tree`);
  }
}
