/**
 * Long items: keys and data that do not fit on a page with the others lie on a
 * chain of overflow pages, each with a piece. A page's hf_offset is the length
 * of its piece; the lengths add up to the item's tlen.
 *
 * A chain cannot go round in a circle: each page must name the one before it.
 *
 * @module
 */

import type { Value } from "../storage.ts";
import { HF_OFFSET, NEXT_PGNO, P_OVERFLOW, PREV_PGNO, TYPE } from "./layout.ts";
import type { Pages } from "./pages.ts";

/** Reads the long items of one file. */
export class Overflow {
  readonly #pages: Pages;
  readonly #capacity: number;
  #scratch = new Uint8Array(0);

  /** Reads chains of these pages. */
  constructor(pages: Pages) {
    this.#pages = pages;
    this.#capacity = pages.size - pages.index;
  }

  /**
   * Finds an item's bytes: in the file if they are on one page, else in a
   * buffer that the next such item overwrites.
   *
   * @param pgno the chain's first page.
   * @param tlen the item's length.
   * @param from the page with the item.
   */
  read(pgno: number, tlen: number, from: number, value: Value): void {
    const pages = this.#pages;
    const file = pages.bytes;
    if (tlen <= this.#capacity) {
      this.follow(pgno, tlen, from);
      value.bytes = file;
      value.start = pgno * pages.size + pages.index;
      value.end = value.start + tlen;
      return;
    }
    if (tlen > this.#scratch.length) {
      // Only a chain that is really that long may have memory.
      this.follow(pgno, tlen, from);
      this.#scratch = new Uint8Array(tlen);
    }
    const scratch = this.#scratch;
    let at = 0;
    for (let prev = 0; at < tlen;) {
      const page = this.#piece(pgno, prev, prev === 0 ? from : prev);
      const length = this.#length(page, pgno, tlen - at);
      const start = page + pages.index;
      // A view for each page: to copy 4 KiB byte by byte takes ten times as
      // long as to make one.
      scratch.set(file.subarray(start, start + length), at);
      at += length;
      prev = pgno;
      pgno = pages.u32(page + NEXT_PGNO);
    }
    this.#end(pgno, from, tlen);
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
    const pages = this.#pages;
    const file = pages.bytes;
    const difference = end - start - tlen;
    if (difference > 0) end = start + tlen;
    for (let prev = 0, left = tlen; start < end;) {
      const page = this.#piece(pgno, prev, prev === 0 ? from : prev);
      const length = this.#length(page, pgno, left);
      let at = page + pages.index;
      const stop = Math.min(end, start + length);
      while (start < stop) {
        const order = bytes[start++] - file[at++];
        if (order !== 0) return order;
      }
      left -= length;
      prev = pgno;
      pgno = pages.u32(page + NEXT_PGNO);
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
    visit?: (pgno: number, page: number) => void,
  ): void {
    const pages = this.#pages;
    let left = tlen;
    for (let prev = 0; left > 0;) {
      const page = this.#piece(pgno, prev, prev === 0 ? from : prev);
      visit?.(pgno, page);
      left -= this.#length(page, pgno, left);
      prev = pgno;
      pgno = pages.u32(page + NEXT_PGNO);
    }
    this.#end(pgno, from, tlen);
  }

  #piece(pgno: number, prev: number, from: number): number {
    const pages = this.#pages;
    const page = pages.page(pgno, from);
    const type = pages.bytes[page + TYPE];
    if (type !== P_OVERFLOW) {
      throw pages.damaged(pgno, `is of type ${type}, not an overflow page`);
    }
    if (pages.u32(page + PREV_PGNO) !== prev) {
      throw pages.damaged(pgno, `is not what follows page ${prev}`);
    }
    return page;
  }

  /** The length of a piece of an item of which so much is left. */
  #length(page: number, pgno: number, left: number): number {
    const length = this.#pages.u16(page + HF_OFFSET);
    if (length === 0 || length > this.#capacity || length > left) {
      throw this.#pages.damaged(pgno, `has an impossible length of ${length}`);
    }
    return length;
  }

  #end(next: number, from: number, tlen: number): void {
    if (next !== 0) {
      throw this.#pages.damaged(
        from,
        `an overflow item is longer than its ${tlen} bytes`,
      );
    }
  }
}
