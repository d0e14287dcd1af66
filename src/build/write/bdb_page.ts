/**
 * A page of a Berkeley DB B-tree that is being filled: its index from the
 * front, its items from the end.
 *
 * @module
 */

import {
  B_DATA,
  B_KEYDATA,
  B_OVERFLOW,
  B_PGNO,
  B_TLEN,
  B_TYPE,
  BI_DATA,
  BOVERFLOW_SIZE,
  ENTRIES,
  HF_OFFSET,
  INDEX,
  LEVEL,
  NEXT_PGNO,
  PGNO,
  PREV_PGNO,
  TYPE,
} from "../../storage/bdb/layout.ts";

/** The size of the pages. */
export const PAGE_SIZE = 4096;

/** What libdb gives pages that no log knows of, behind a file number of 0. */
const LSN_NOT_LOGGED = 1;

/**
 * The longest item on a page: so, two keys and their data always fit on one
 * (libdb's `B_MINKEY_TO_OVFLSIZE`). What is longer has pages of its own.
 */
export const LONGEST_ITEM: number = Math.floor((PAGE_SIZE - INDEX) / 4) - 10;

/** Items begin at multiples of 4. */
function align(length: number): number {
  return (length + 3) & ~3;
}

/** What bytes take on a leaf, with their place in the index. */
export function leafSize(length: number): number {
  return 2 + align(length > LONGEST_ITEM ? BOVERFLOW_SIZE : B_DATA + length);
}

/** What a key takes on an internal page, with its place in the index. */
export function internalSize(length: number): number {
  return 2 +
    align(BI_DATA + (length > LONGEST_ITEM ? BOVERFLOW_SIZE : length));
}

/** Begins a page: its header without neighbours and items. */
export function writePageHeader(
  view: DataView,
  pgno: number,
  type: number,
  level: number,
): void {
  view.setUint32(4, LSN_NOT_LOGGED, true);
  view.setUint32(PGNO, pgno, true);
  view.setUint8(LEVEL, level);
  view.setUint8(TYPE, type);
}

/** Collects the items of a page. */
export class BdbPage {
  /** How many items there are. */
  entries = 0;
  readonly #type: number;
  readonly #level: number;
  readonly #bytes = new Uint8Array(PAGE_SIZE);
  readonly #view = new DataView(this.#bytes.buffer);
  /** Where the items begin. */
  #offset = PAGE_SIZE;

  /** An empty page. */
  constructor(type: number, level: number) {
    this.#type = type;
    this.#level = level;
  }

  /** How many bytes are left for items and their places in the index. */
  get room(): number {
    return this.#offset - INDEX - 2 * this.entries;
  }

  /** Adds the bytes `from[start, end)` to a leaf. */
  addData(from: Uint8Array, start: number, end: number): void {
    const at = this.#place(B_DATA + end - start);
    this.#view.setUint16(at, end - start, true);
    this.#view.setUint8(at + B_TYPE, B_KEYDATA);
    this.#bytes.set(from.subarray(start, end), at + B_DATA);
  }

  /** Adds to a leaf what is on pages of its own. */
  addOverflow(pgno: number, length: number): void {
    this.#writeOverflow(this.#place(BOVERFLOW_SIZE), pgno, length);
  }

  /** Adds to an internal page a child with the least key that it can have. */
  addChild(child: number, key: Uint8Array): void {
    const at = this.#place(BI_DATA + key.length);
    this.#writeChild(at, child, key.length, B_KEYDATA);
    this.#bytes.set(key, at + BI_DATA);
  }

  /** Adds a child whose key is on pages of its own. */
  addChildWithOverflow(child: number, pgno: number, length: number): void {
    const at = this.#place(BI_DATA + BOVERFLOW_SIZE);
    this.#writeChild(at, child, BOVERFLOW_SIZE, B_OVERFLOW);
    this.#writeOverflow(at + BI_DATA, pgno, length);
  }

  /**
   * Completes the page, and empties it for the next.
   *
   * @param pgno its number.
   * @param prev the page before it on its level, or 0.
   * @param next the page behind it, or 0.
   * @returns its bytes: valid until the next item is added.
   */
  complete(pgno: number, prev: number, next: number): Uint8Array {
    const view = this.#view;
    writePageHeader(view, pgno, this.#type, this.#level);
    view.setUint32(PREV_PGNO, prev, true);
    view.setUint32(NEXT_PGNO, next, true);
    view.setUint16(ENTRIES, this.entries, true);
    view.setUint16(HF_OFFSET, this.#offset, true);
    // What an earlier page has left between index and items.
    this.#bytes.fill(0, INDEX + 2 * this.entries, this.#offset);
    this.entries = 0;
    this.#offset = PAGE_SIZE;
    return this.#bytes;
  }

  /** Makes room for an item, and enters it into the index. */
  #place(size: number): number {
    this.#offset -= align(size);
    this.#bytes.fill(0, this.#offset, this.#offset + align(size));
    this.#view.setUint16(INDEX + 2 * this.entries++, this.#offset, true);
    return this.#offset;
  }

  #writeChild(at: number, child: number, length: number, type: number): void {
    this.#view.setUint16(at, length, true);
    this.#view.setUint8(at + B_TYPE, type);
    this.#view.setUint32(at + B_PGNO, child, true);
  }

  #writeOverflow(at: number, pgno: number, length: number): void {
    this.#view.setUint8(at + B_TYPE, B_OVERFLOW);
    this.#view.setUint32(at + B_PGNO, pgno, true);
    this.#view.setUint32(at + B_TLEN, length, true);
  }
}
