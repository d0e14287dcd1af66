/**
 * The B+tree of a bucket: finds a key, from the root page down.
 *
 * A page is told by where it begins and where it must end (its own page and its
 * overflow pages, or an inline bucket's value); both are kept in fields, so that
 * a descent makes no objects. Every number from the file is checked where it is
 * used.
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
} from "./layout.ts";
import type { Meta } from "./meta.ts";

/** Reads the trees of one file. */
export class Tree {
  /** The file. */
  readonly bytes: Uint8Array;
  /** In bytes. */
  readonly pageSize: number;
  /** Pages in use have ids below this. */
  readonly highWater: number;
  /** Where the page begins that was entered last. */
  page = 0;
  /** Where it ends. */
  pageEnd = 0;
  /** Where the key begins that was found, or read, last. */
  keyStart = 0;
  /** Where its value begins: behind the key. */
  valueStart = 0;
  /** Where its value ends. */
  valueEnd = 0;
  /** Whether its value is a bucket. */
  isBucket = false;
  readonly #path: string;
  readonly #view: DataView;

  /** Reads the trees of the file that `meta` begins. */
  constructor(bytes: Uint8Array, path: string, meta: Meta) {
    this.bytes = bytes;
    this.#path = path;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pageSize = meta.pageSize;
    this.highWater = meta.highWater;
  }

  /** Why the file cannot be served, as an error. */
  failure(problem: string): DataFileError {
    return new DataFileError(this.#path, problem);
  }

  /** What is damaged in the file, as an error. */
  damaged(problem: string): DataFileError {
    return this.failure(`damaged: ${problem}`);
  }

  /** The page that was entered last, in words. */
  get where(): string {
    return this.page % this.pageSize === 0
      ? `page ${this.page / this.pageSize}`
      : `the inline bucket at byte ${this.page}`;
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
    const page = id * pageSize;
    if (this.#u64(page) !== id) {
      throw this.damaged(`page ${id} says that it is page ${this.#u64(page)}`);
    }
    const end = page + (this.#view.getUint32(page + 12, true) + 1) * pageSize;
    if (end > this.highWater * pageSize) {
      throw this.damaged(`page ${id} overflows the pages in use`);
    }
    this.page = page;
    this.pageEnd = end;
  }

  /** Enters the root page of the bucket whose record is in `[start, end)`. */
  enterBucket(start: number, end: number): void {
    if (end - start < BUCKET_HEADER_SIZE) {
      throw this.damaged(`${this.where} has a bucket record that is too short`);
    }
    const root = this.#u64(start);
    if (root !== 0) return this.enter(root);
    if (end - start < BUCKET_HEADER_SIZE + PAGE_HEADER_SIZE) {
      throw this.damaged(
        `${this.where} has an inline bucket that is too short`,
      );
    }
    this.page = start + BUCKET_HEADER_SIZE;
    this.pageEnd = end;
    if (!this.isLeaf) {
      throw this.damaged(`${this.where} is not a leaf page`);
    }
  }

  /** Whether the page is a leaf; if not, it is a branch. */
  get isLeaf(): boolean {
    const flags = this.#view.getUint16(this.page + 8, true);
    if (flags === LEAF_PAGE_FLAG) return true;
    if (flags === BRANCH_PAGE_FLAG) return false;
    throw this.damaged(
      `${this.where} is neither branch nor leaf (flags ${flags})`,
    );
  }

  /** How many elements the page has. */
  get count(): number {
    const count = this.#view.getUint16(this.page + 10, true);
    const { page } = this;
    if (page + PAGE_HEADER_SIZE + count * ELEMENT_SIZE > this.pageEnd) {
      throw this.damaged(`${this.where} has no room for ${count} elements`);
    }
    return count;
  }

  /**
   * Finds the key `key[start, end)` below the page that was entered; afterwards
   * its value, or bucket record, is in `[valueStart, valueEnd)`.
   */
  find(key: Uint8Array, start: number, end: number): boolean {
    for (let depth = 0; depth < MAX_DEPTH; depth++) {
      const leaf = this.isLeaf;
      const index = this.#search(leaf, key, start, end);
      if (leaf) return index >= 0 && this.readLeaf(index);
      if (this.count === 0) throw this.damaged(`${this.where} is empty`);
      // Not there: the child before the place where it would be.
      this.enter(this.childOf(index >= 0 ? index : Math.max(0, ~index - 1)));
    }
    throw this.damaged(`${this.where} is more than ${MAX_DEPTH} levels deep`);
  }

  /**
   * Searches the page for a key.
   *
   * @returns the index of its element, or `~index` of the first greater one.
   */
  #search(leaf: boolean, key: Uint8Array, start: number, end: number): number {
    const { bytes, pageEnd } = this;
    const view = this.#view;
    const elements = this.page + PAGE_HEADER_SIZE;
    const field = leaf ? 4 : 0;
    const length = end - start;
    let low = 0, high = this.count;
    // The keys between two that begin like the wanted one begin so, too.
    let lowCommon = 0, highCommon = 0;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const element = elements + middle * ELEMENT_SIZE;
      const at = element + view.getUint32(element + field, true);
      const size = view.getUint32(element + field + 4, true);
      if (at + size > pageEnd) throw this.#outside(middle);
      const common = size < length ? size : length;
      let i = lowCommon < highCommon ? lowCommon : highCommon;
      while (i < common && bytes[at + i] === key[start + i]) i++;
      const order = i < common ? bytes[at + i] - key[start + i] : size - length;
      if (order === 0) {
        // On a damaged page what was left out may differ all the same.
        for (let n = 0; n < length; n++) {
          if (bytes[at + n] !== key[start + n]) {
            throw this.damaged(`${this.where} has keys out of order`);
          }
        }
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
        lowCommon = i;
      } else {
        high = middle;
        highCommon = i;
      }
    }
    return ~low;
  }

  /** The page id in a branch element. */
  childOf(index: number): number {
    return this.#u64(this.page + PAGE_HEADER_SIZE + index * ELEMENT_SIZE + 8);
  }

  /** Reads where the key of a branch element is: `[keyStart, valueStart)`. */
  readBranch(index: number): void {
    const view = this.#view;
    const element = this.page + PAGE_HEADER_SIZE + index * ELEMENT_SIZE;
    const key = element + view.getUint32(element, true);
    const keyEnd = key + view.getUint32(element + 4, true);
    if (keyEnd > this.pageEnd) throw this.#outside(index);
    this.keyStart = key;
    this.valueStart = this.valueEnd = keyEnd;
  }

  /** Reads where a leaf element's key and value are. @returns true */
  readLeaf(index: number): boolean {
    const view = this.#view;
    const element = this.page + PAGE_HEADER_SIZE + index * ELEMENT_SIZE;
    const key = element + view.getUint32(element + 4, true);
    const value = key + view.getUint32(element + 8, true);
    const end = value + view.getUint32(element + 12, true);
    if (end > this.pageEnd) throw this.#outside(index);
    this.keyStart = key;
    this.valueStart = value;
    this.valueEnd = end;
    this.isBucket = (this.bytes[element] & BUCKET_LEAF_FLAG) !== 0;
    return true;
  }

  /** A page id; above 2^53 it is rounded, and beyond any file. */
  #u64(at: number): number {
    const view = this.#view;
    return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
  }

  #outside(index: number): DataFileError {
    return this.damaged(
      `element ${index} of ${this.where} reaches beyond its page`,
    );
  }
}
