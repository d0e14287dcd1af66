/**
 * The B+tree of a bucket: finds a key, from the root page down.
 *
 * A page is told by where it begins and where it must end (its own page and its
 * overflow pages, or an inline bucket's value); both are kept in fields, so that
 * a descent makes no objects. Every number from the file is checked where it is
 * used. Offsets count from the begin of the window that the page is in.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
import {
  BRANCH_PAGE_FLAG,
  BUCKET_HEADER_SIZE,
  BUCKET_LEAF_FLAG,
  ELEMENT_SIZE,
  LEAF_PAGE_FLAG,
  MAX_DEPTH,
  PAGE_HEADER_SIZE,
  u16,
  u64,
} from "./layout.ts";
import type { Meta } from "./meta.ts";
import { search } from "./search.ts";
import { type Window, Windows } from "../memory/windows.ts";

/** Reads the trees of one file. */
export class Tree {
  /** The whole file. */
  readonly file: Uint8Array;
  /** In bytes. */
  readonly pageSize: number;
  /** Pages in use have ids below this. */
  readonly highWater: number;
  /** Where the window begins in the file. */
  base = 0;
  /**
   * Where what can be read of it ends in the file: the copy of an inline bucket
   * ends with that bucket.
   */
  #windowEnd = 0;
  /** The window's bytes. */
  bytes!: Uint8Array;
  /** The window's bytes as numbers. */
  words!: Int32Array;
  /** Where the page begins that was entered last. */
  page = 0;
  /** Where it ends. */
  pageEnd = 0;
  /** How many bytes the wanted key shares with the greatest less key met. */
  lowCommon = 0;
  /** How many bytes it shares with the least greater one. */
  highCommon = 0;
  /** Where the key begins that was found, or read, last. */
  keyStart = 0;
  /** Where its value begins: behind the key. */
  valueStart = 0;
  /** Where its value ends. */
  valueEnd = 0;
  /** Whether its value is a bucket. */
  isBucket = false;
  /** Kept, so that loads that are made ahead are not optimised away. */
  #touched = 0;
  /** The name of the file, for messages. */
  readonly path: string;
  readonly #windows: Windows;
  /** A copy of the inline bucket that was entered last. */
  readonly #inline: Window;

  /** Reads the trees of the file that `meta` begins. */
  constructor(file: Uint8Array, path: string, meta: Meta) {
    this.path = path;
    this.file = file;
    this.#windows = new Windows(file);
    const inline = new Uint8Array(meta.pageSize);
    this.#inline = {
      base: 0,
      bytes: inline,
      words: new Int32Array(inline.buffer),
    };
    this.pageSize = meta.pageSize;
    this.highWater = meta.highWater;
    this.#look(0, 0);
  }

  /** Takes the window that holds `[start, end)` of the file. */
  #look(start: number, end: number): void {
    const window = this.#windows.at(start, end);
    if (window === undefined) {
      throw this.failure(
        `the page at byte ${start} is larger than 2 GB, and cannot be read`,
      );
    }
    this.base = window.base;
    this.#windowEnd = window.base + window.bytes.length;
    this.bytes = window.bytes;
    this.words = window.words;
  }

  /** Why the file cannot be served, as an error. */
  failure(problem: string): DataFileError {
    return new DataFileError(this.path, problem);
  }

  /** What is damaged in the file, as an error. */
  damaged(problem: string): DataFileError {
    return this.failure(`damaged: ${problem}`);
  }

  /** The page that was entered last, in words. */
  get where(): string {
    const page = this.base + this.page;
    return page % this.pageSize === 0
      ? `page ${page / this.pageSize}`
      : `the inline bucket at byte ${page}`;
  }

  /** Enters the page with an id. */
  enter(id: number): void {
    const { pageSize } = this;
    if (id < 2 || id >= this.highWater) {
      throw this.damaged(
        `${this.where} refers to page ${id}, and the pages are 2 to ${
          this.highWater - 1
        }`,
      );
    }
    const start = id * pageSize;
    if (start < this.base || start + pageSize > this.#windowEnd) {
      this.#look(start, start + pageSize);
    }
    const page = start - this.base;
    this.#touch(page);
    if (this.#idAt(page) !== id) {
      throw this.damaged(
        `page ${id} says that it is page ${this.#idAt(page)}`,
      );
    }
    const pages = (this.words[(page >> 2) + 3] >>> 0) + 1;
    if (id + pages > this.highWater) {
      throw this.damaged(`page ${id} overflows the pages in use`);
    }
    const end = start + pages * pageSize;
    if (end > this.#windowEnd) return this.enterAt(start, end);
    this.page = page;
    this.pageEnd = end - this.base;
  }

  /**
   * Reads from the cache lines behind a page's first: most searches need them,
   * and so the waits for them overlap with that for the first.
   */
  #touch(page: number): void {
    const { bytes } = this;
    this.#touched = bytes[page + 64] ^ bytes[page + 128] ^ bytes[page + 192] ^
      bytes[page + 256] ^ bytes[page + 320] ^ bytes[page + 384] ^
      bytes[page + 448];
  }

  /** Enters the page in `[start, end)` of the file. */
  enterAt(start: number, end: number): void {
    if (start % 4 !== 0) this.#copy(start, end);
    else if (start < this.base || end > this.#windowEnd) {
      this.#look(start, end);
    }
    this.page = start - this.base;
    this.pageEnd = end - this.base;
  }

  /** Pages begin at a word; an inline bucket may begin anywhere, and is small. */
  #copy(start: number, end: number): void {
    if (end - start > this.pageSize) {
      throw this.damaged(`the inline bucket at byte ${start} is too long`);
    }
    this.#inline.bytes.set(this.file.subarray(start, end));
    this.base = start;
    this.#windowEnd = end;
    this.bytes = this.#inline.bytes;
    this.words = this.#inline.words;
  }

  /**
   * Enters the root page of the bucket whose record is in `[start, end)` of the
   * file.
   */
  enterBucket(start: number, end: number): void {
    if (end - start < BUCKET_HEADER_SIZE) {
      throw this.damaged(`${this.where} has a bucket record that is too short`);
    }
    const root = u64(this.file, start);
    if (root !== 0) return this.enter(root);
    if (end - start < BUCKET_HEADER_SIZE + PAGE_HEADER_SIZE) {
      throw this.damaged(
        `${this.where} has an inline bucket that is too short`,
      );
    }
    this.enterAt(start + BUCKET_HEADER_SIZE, end);
    if (!this.isLeaf) {
      throw this.damaged(`${this.where} is not a leaf page`);
    }
  }

  /** Whether the page is a leaf; if not, it is a branch. */
  get isLeaf(): boolean {
    const flags = u16(this.bytes, this.page + 8);
    if (flags === LEAF_PAGE_FLAG) return true;
    if (flags === BRANCH_PAGE_FLAG) return false;
    throw this.damaged(
      `${this.where} is neither branch nor leaf (flags ${flags})`,
    );
  }

  /** How many elements the page has. */
  get count(): number {
    const count = u16(this.bytes, this.page + 10);
    if (this.page + PAGE_HEADER_SIZE + count * ELEMENT_SIZE > this.pageEnd) {
      throw this.damaged(`${this.where} has no room for ${count} elements`);
    }
    return count;
  }

  /**
   * Finds the key `key[start, end)` below the page that was entered; afterwards
   * its value, or bucket record, is in `[valueStart, valueEnd)`.
   */
  find(key: Uint8Array, start: number, end: number): boolean {
    this.lowCommon = this.highCommon = 0;
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const leaf = this.isLeaf;
      const index = search(this, leaf, key, start, end);
      if (leaf) return index >= 0 && this.readLeaf(index);
      if (this.count === 0) throw this.damaged(`${this.where} is empty`);
      // Not there: the child before the place where it would be.
      this.enter(this.childOf(index >= 0 ? index : Math.max(0, ~index - 1)));
    }
    throw this.damaged(`${this.where} is more than ${MAX_DEPTH} levels deep`);
  }

  /** The page id in a branch element. */
  childOf(index: number): number {
    const element = this.page + PAGE_HEADER_SIZE + index * ELEMENT_SIZE;
    return this.#idAt(element + 8);
  }

  /** Reads where the key of a branch element is: `[keyStart, valueStart)`. */
  readBranch(index: number): void {
    const element = this.page + PAGE_HEADER_SIZE + index * ELEMENT_SIZE;
    const key = element + this.words[element >> 2];
    const keyEnd = key + this.words[(element >> 2) + 1];
    if (key < element || keyEnd < key || keyEnd > this.pageEnd) {
      throw this.outside(index);
    }
    this.keyStart = key;
    this.valueStart = this.valueEnd = keyEnd;
  }

  /** Reads where a leaf element's key and value are. @returns true */
  readLeaf(index: number): boolean {
    const { words } = this;
    const element = this.page + PAGE_HEADER_SIZE + index * ELEMENT_SIZE;
    const key = element + words[(element >> 2) + 1];
    const value = key + words[(element >> 2) + 2];
    const end = value + words[(element >> 2) + 3];
    if (key < element || value < key || end < value || end > this.pageEnd) {
      throw this.outside(index);
    }
    this.keyStart = key;
    this.valueStart = value;
    this.valueEnd = end;
    this.isBucket = (this.bytes[element] & BUCKET_LEAF_FLAG) !== 0;
    return true;
  }

  /** A page id; above 2^53 it is rounded, and beyond any file. */
  #idAt(at: number): number {
    const { words } = this;
    return (words[at >> 2] >>> 0) + (words[(at >> 2) + 1] >>> 0) * 2 ** 32;
  }

  /** An element refers to what is not in its page. */
  outside(index: number): DataFileError {
    return this.damaged(
      `element ${index} of ${this.where} reaches beyond its page`,
    );
  }
}
