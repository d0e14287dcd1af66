/**
 * The items of pages of a hash: keys, data, and the many forms of several data.
 *
 * @module
 */

import type { Value } from "../storage.ts";
import { itemEnd } from "./hash_page.ts";
import { Items } from "./items.ts";
import {
  H_DATA,
  H_DUPLICATE,
  H_KEYDATA,
  H_OFFDUP,
  H_OFFPAGE,
  H_PGNO,
  H_TLEN,
  HOFFDUP_SIZE,
  HOFFPAGE_SIZE,
} from "./layout.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";

/** Reads the items of the pages of a hash. */
export class HashItems {
  readonly #trees: Items;

  /** Reads items of these pages. */
  constructor(pages: Pages) {
    this.#trees = new Items(pages);
  }

  /** Reads the key that is the item of that number. */
  key(page: Page, entries: number, item: number, value: Value): void {
    const type = page.u8(page.item(entries, item, H_DATA));
    if (type !== H_KEYDATA && type !== H_OFFPAGE) throw unknownKey(page, type);
    this.data(page, entries, item, value);
  }

  /**
   * Reads the first of the data that are the item of that number.
   *
   * @returns whether there are any: all of a tree of duplicates can be deleted.
   */
  data(page: Page, entries: number, item: number, value: Value): boolean {
    const offset = page.item(entries, item, H_DATA);
    const end = itemEnd(page, item, offset);
    const type = page.u8(offset);
    if (type === H_KEYDATA) {
      value.bytes = page.bytes;
      value.start = page.start + offset + H_DATA;
      value.end = page.start + end;
    } else if (type === H_OFFPAGE) {
      page.require(offset, HOFFPAGE_SIZE);
      const first = page.u32(offset + H_PGNO);
      const tlen = page.u32(offset + H_TLEN);
      this.#trees.overflow.read(first, tlen, page.pgno, value);
    } else if (type === H_DUPLICATE) {
      // Each of them stands between two copies of its length.
      page.require(offset, H_DATA + 2);
      const length = page.u16(offset + H_DATA);
      if (offset + H_DATA + 2 + length + 2 > end) throw page.misplaced(offset);
      value.bytes = page.bytes;
      value.start = page.start + offset + H_DATA + 2;
      value.end = value.start + length;
    } else if (type === H_OFFDUP) {
      page.require(offset, HOFFDUP_SIZE);
      const root = page.u32(offset + H_PGNO);
      return this.#trees.firstDuplicate(root, page.pgno, value);
    } else {
      throw page.damaged(`data are of the unknown type ${type}`);
    }
    return true;
  }

  /** Reads all data that are the item of that number, one after the other. */
  *allData(
    page: Page,
    entries: number,
    item: number,
    value: Value,
  ): Iterable<Value> {
    const offset = page.item(entries, item, H_DATA);
    const type = page.u8(offset);
    if (type === H_OFFDUP) {
      page.require(offset, HOFFDUP_SIZE);
      const root = page.u32(offset + H_PGNO);
      yield* this.#trees.allDuplicates(root, page.pgno, value);
    } else if (type === H_DUPLICATE) {
      const end = itemEnd(page, item, offset);
      for (let at = offset + H_DATA; at < end;) {
        page.require(at, 2);
        const length = page.u16(at);
        if (at + 2 + length + 2 > end) throw page.misplaced(offset);
        value.bytes = page.bytes;
        value.start = page.start + at + 2;
        value.end = value.start + length;
        yield value;
        at += 2 + length + 2;
      }
    } else if (this.data(page, entries, item, value)) yield value;
  }

  /**
   * Compares `bytes[start, end)` with the key at an offset, which is off the
   * page.
   *
   * @returns less than 0 if that is greater, 0 if they are equal.
   */
  compareLong(
    page: Page,
    offset: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const type = page.u8(offset);
    if (type !== H_OFFPAGE) throw unknownKey(page, type);
    page.require(offset, HOFFPAGE_SIZE);
    return this.#trees.overflow.compare(
      page.u32(offset + H_PGNO),
      page.u32(offset + H_TLEN),
      page.pgno,
      bytes,
      start,
      end,
    );
  }
}

function unknownKey(page: Page, type: number): Error {
  return page.damaged(`a key is of the unknown type ${type}`);
}
