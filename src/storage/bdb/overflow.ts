/**
 * Long items: keys and data that do not fit on a page with the others lie on a
 * chain of overflow pages, each with a piece. A page's hf_offset is the length
 * of its piece; the lengths add up to the item's tlen.
 *
 * A chain cannot go round in a circle: each page must name the one before it.
 *
 * @module
 */

import { LASTING_LENGTH, type Value } from "../storage.ts";
import { HF_OFFSET, P_OVERFLOW } from "./layout.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";

/** Reads the long items of one file. */
export class Overflow {
  readonly #pages: Pages;
  readonly #page: Page;
  readonly #capacity: number;
  #scratch = new Uint8Array(0);

  /** Reads chains of these pages. */
  constructor(pages: Pages) {
    this.#pages = pages;
    this.#page = pages.newPage();
    this.#capacity = pages.format.size - pages.format.index;
  }

  /**
   * Finds an item's bytes: in the file if they are on one page, else in a
   * buffer, which the next such item overwrites unless this one is long.
   *
   * @param pgno the chain's first page.
   * @param tlen the item's length.
   * @param from the page with the item.
   */
  read(pgno: number, tlen: number, from: number, value: Value): void {
    const page = this.#page;
    if (this.#load(pgno, 0, from, tlen) === tlen) {
      this.#end(tlen);
      value.bytes = page.bytes;
      value.start = page.start + page.index;
      value.end = value.start + tlen;
      return;
    }
    let scratch = this.#scratch;
    if (tlen > scratch.length) {
      // Only a chain that is really that long may have memory.
      this.follow(pgno, tlen, from);
      scratch = new Uint8Array(tlen);
      if (tlen <= LASTING_LENGTH) this.#scratch = scratch;
    }
    let at = 0, next = pgno;
    for (let prev = 0; at < tlen;) {
      const length = this.#load(next, prev, from, tlen - at);
      const start = page.start + page.index;
      // A view for each page: to copy 4 KiB byte by byte takes ten times as
      // long as to make one.
      scratch.set(page.bytes.subarray(start, start + length), at);
      at += length;
      prev = next;
      next = page.next;
    }
    this.#end(tlen);
    value.bytes = scratch;
    value.start = 0;
    value.end = tlen;
  }

  /**
   * Compares `bytes[start, end)` with an item.
   *
   * @returns less than 0 if the item is greater, 0 if they are equal. The
   * shorter of two is the lesser if all its bytes are equal.
   */
  compare(
    pgno: number,
    tlen: number,
    from: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const page = this.#page;
    const difference = end - start - tlen;
    if (difference > 0) end = start + tlen;
    for (let next = pgno, prev = 0, left = tlen; start < end;) {
      const length = this.#load(next, prev, from, left);
      let at = page.start + page.index;
      const stop = Math.min(end, start + length);
      while (start < stop) {
        const order = bytes[start++] - page.bytes[at++];
        if (order !== 0) return order;
      }
      left -= length;
      prev = next;
      next = page.next;
    }
    return difference;
  }

  /**
   * Goes through a whole chain and checks it.
   *
   * @param visit is told each page.
   */
  follow(
    pgno: number,
    tlen: number,
    from: number,
    visit?: (page: Page) => void,
  ): void {
    const page = this.#page;
    let next = pgno;
    for (let prev = 0, left = tlen; left > 0 || prev === 0;) {
      left -= this.#load(next, prev, from, left);
      visit?.(page);
      prev = next;
      next = page.next;
    }
    this.#end(tlen);
  }

  /** Loads a page with a piece of what is left, and tells the piece's length. */
  #load(pgno: number, prev: number, from: number, left: number): number {
    const page = this.#page;
    this.#pages.load(page, pgno, prev === 0 ? from : prev);
    if (page.type !== P_OVERFLOW) {
      throw page.damaged(`is of type ${page.type}, not an overflow page`);
    }
    if (page.prev !== prev) {
      throw page.damaged(`does not name page ${prev} as the one before`);
    }
    const length = page.u16(HF_OFFSET);
    if (length === 0 || length > this.#capacity || length > left) {
      throw page.damaged(`cannot have ${length} of the ${left} bytes left`);
    }
    return length;
  }

  /** Checks that the item ends on the page that is loaded. */
  #end(tlen: number): void {
    const { next } = this.#page;
    if (next === 0) return;
    throw this.#page.damaged(
      `goes on with page ${next} behind the end of an item of ${tlen} bytes`,
    );
  }
}
