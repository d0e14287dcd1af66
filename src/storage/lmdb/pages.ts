/**
 * An LMDB file as numbered pages. Everything that is read from a page goes
 * through the bounds that are checked here.
 *
 * @module
 */

import { DataFileError, type Fault } from "../storage.ts";
import {
  BIGSIZE_1,
  BIGSIZE_2,
  MN_KSIZE,
  MP_FLAGS,
  MP_LOWER,
  NODESIZE,
  NUM_METAS,
  P_KIND,
  PAGEHDRSZ_1,
  PAGEHDRSZ_2,
} from "./layout.ts";
import type { Meta } from "./meta.ts";
import { type Window, Windows } from "../memory/windows.ts";
import { u16, u32, u64 } from "./numbers.ts";

const BAD_LOWER = "has more keys, by its mp_lower, than it has room for";

/** A page is not what it should be. */
export class DamagedPage extends DataFileError {
  /** The same, as the checker tells it. */
  readonly fault: Fault;

  /** Says what is wrong with the page of that number. */
  constructor(path: string, pgno: number, problem: string) {
    super(path, `page ${pgno}: ${problem}`);
    this.fault = { place: `page ${pgno}`, problem };
  }
}

/**
 * The pages of one file, with what is different in the two formats.
 *
 * A page, a sub-page and a node are told by where they begin in the file.
 */
export class Pages {
  /** The file. */
  readonly path: string;
  /** The file's bytes. */
  readonly bytes: Uint8Array;
  /** The bytes of a page. */
  readonly size: number;
  /** How many pages there are; those behind mm_last_pg do not count. */
  readonly count: number;
  /** The data format. */
  readonly format: 1 | 2;
  /** The size of a page's header. */
  readonly header: number;
  /** What offsets in a page count from. */
  readonly base: number;
  /** The size of data that refer to overflow pages. */
  readonly bigSize: number;
  readonly #windows: Windows;
  /** What can be read without a look for its window. */
  readonly #near: Uint8Array;
  /** Kept, so that loads that are made ahead are not optimised away. */
  #touched = 0;

  /** Takes the format and the page size from the meta page. */
  constructor(path: string, bytes: Uint8Array, meta: Meta) {
    this.path = path;
    this.bytes = bytes;
    this.#windows = new Windows(bytes);
    this.#near = this.#windows.first.bytes.subarray(0, -8);
    this.size = meta.pageSize;
    // The last pages may be free and never written, so that the file ends
    // before them; and with MDB_WRITEMAP it is as long as the map.
    this.count = Math.min(
      Math.floor(bytes.length / this.size),
      meta.lastPage + 1,
    );
    this.format = meta.format;
    this.header = meta.format === 1 ? PAGEHDRSZ_1 : PAGEHDRSZ_2;
    this.base = meta.format === 1 ? 0 : PAGEHDRSZ_2;
    this.bigSize = meta.format === 1 ? BIGSIZE_1 : BIGSIZE_2;
  }

  /**
   * Where the page of that number begins. A page that does not bear its own
   * number was never written, or written to a wrong place.
   *
   * @param from the page that refers to it.
   */
  page(pgno: number, from: number): number {
    if (pgno < NUM_METAS || pgno >= this.count) throw this.#noPage(pgno, from);
    const page = pgno * this.size;
    if (this.u64(page) !== pgno) throw this.#misplaced(pgno);
    return page;
  }

  /** What kind of page or sub-page it is. */
  kind(page: number): number {
    return this.u16(page + this.header + MP_FLAGS) & P_KIND;
  }

  /**
   * How many keys a page or sub-page has; there is room for their mp_ptrs.
   *
   * @param end where it ends.
   * @param pgno the page's number; a sub-page has that of the page around it.
   */
  keys(page: number, end: number, pgno: number): number {
    const lower = this.u16(page + this.header + MP_LOWER);
    const ptrs = lower + this.base - this.header;
    if (ptrs < 0 || page + this.header + ptrs > end || ptrs % 2 !== 0) {
      throw this.damaged(pgno, BAD_LOWER);
    }
    return ptrs >>> 1;
  }

  /**
   * How many keys a LEAF2 page or sub-page has; all of them are on it.
   *
   * @param size of a key.
   */
  leaf2Keys(page: number, end: number, pgno: number, size: number): number {
    const lower = this.u16(page + this.header + MP_LOWER);
    // There are no mp_ptrs, and yet two bytes of mp_lower stand for one key.
    const keys = (lower + this.base - this.header) / 2;
    if (
      keys < 0 || page + this.header + size * keys > end || keys % 1 !== 0 ||
      size === 0
    ) throw this.damaged(pgno, BAD_LOWER);
    return keys;
  }

  /**
   * Where a node begins; all of its key is on the page or sub-page.
   *
   * @param keys the number of keys; `index` is less than that.
   */
  node(
    page: number,
    end: number,
    pgno: number,
    keys: number,
    index: number,
  ): number {
    const offset = this.base + this.u16(page + this.header + 2 * index);
    const node = page + offset;
    if (
      offset < this.header + 2 * keys || node + NODESIZE > end ||
      node + NODESIZE + this.u16(node + MN_KSIZE) > end
    ) throw this.noNode(pgno, index);
    return node;
  }

  /** The number of the page that a node is on. */
  pageOf(node: number): number {
    return Math.floor(node / this.size);
  }

  /** Where the key of a node ends. */
  keyEnd(node: number): number {
    return node + NODESIZE + this.u16(node + MN_KSIZE);
  }

  /** The key of a node. */
  key(node: number): Uint8Array {
    return this.bytes.subarray(node + NODESIZE, this.keyEnd(node));
  }

  /** Where the data of a leaf's node begin; so many bytes of them are there. */
  data(node: number, size: number): number {
    const data = this.keyEnd(node);
    const pgno = this.pageOf(node);
    if (data + size > (pgno + 1) * this.size) {
      throw this.damaged(
        pgno,
        `has a node whose ${size} bytes of data end behind it`,
      );
    }
    return data;
  }

  /** The page number that the node of a branch refers to. */
  child(node: number): number {
    return this.u32(node) + this.u16(node + 4) * 2 ** 32;
  }

  /** A number of 16 bits at an offset in the file. */
  u16(at: number): number {
    if (at >= this.#near.length) return this.#far(at, u16);
    return u16(this.#near, at);
  }

  /** A number of 32 bits. */
  u32(at: number): number {
    if (at >= this.#near.length) return this.#far(at, u32);
    return u32(this.#near, at);
  }

  /** A number of 64 bits. */
  u64(at: number): number {
    if (at >= this.#near.length) return this.#far(at, u64);
    return u64(this.#near, at);
  }

  /** The window that `[start, end)` of the file is in; there may be none. */
  window(start: number, end: number): Window | undefined {
    return this.#windows.at(start, end);
  }

  /**
   * Reads from the cache lines behind a page's first: a search needs them next,
   * and so the waits for them overlap with that for the first.
   */
  touch(bytes: Uint8Array, page: number): void {
    this.#touched = bytes[page + 64] ^ bytes[page + 128] ^ bytes[page + 192];
  }

  #far(at: number, read: (bytes: Uint8Array, at: number) => number): number {
    const window = this.#windows.at(at, at + 1);
    return window === undefined ? 0 : read(window.bytes, at - window.base);
  }

  /** The error for a page. */
  damaged(pgno: number, problem: string): DamagedPage {
    return new DamagedPage(this.path, pgno, problem);
  }

  /** The error for a node that is not, or not wholly, on its page. */
  noNode(pgno: number, index: number): DamagedPage {
    return this.damaged(pgno, `node ${index} is not on the page`);
  }

  // Messages are made here so that page() stays small enough to be inlined.

  #noPage(pgno: number, from: number): DamagedPage {
    return this.damaged(
      from,
      `refers to page ${pgno}, of pages ${NUM_METAS} to ${this.count - 1}`,
    );
  }

  #misplaced(pgno: number): DamagedPage {
    const own = this.u64(pgno * this.size);
    return this.damaged(pgno, `bears the number ${own}`);
  }
}
