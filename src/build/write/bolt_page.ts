/**
 * A page of a BoltDB file that is being filled. It takes more than one page of
 * the file if an element needs it ("overflow").
 *
 * @module
 */

import {
  type BRANCH_PAGE_FLAG,
  ELEMENT_SIZE,
  LEAF_PAGE_FLAG,
  PAGE_HEADER_SIZE,
} from "../../storage/boltdb/layout.ts";
import type { OutputFile } from "./output_file.ts";

/** The size of the pages. */
export const PAGE_SIZE = 4096;

/** Collects elements, and writes them as a page. */
export class BoltPage {
  readonly #kind: number;
  /** Of each element: flags or page number, length of key, length of value. */
  readonly #fields: number[] = [];
  /** Keys and values, one behind the other. */
  #data = new Uint8Array(PAGE_SIZE);
  #dataLength = 0;

  /** An empty page: `LEAF_PAGE_FLAG` or `BRANCH_PAGE_FLAG`. */
  constructor(kind: typeof LEAF_PAGE_FLAG | typeof BRANCH_PAGE_FLAG) {
    this.#kind = kind;
  }

  /** How many elements there are. */
  get count(): number {
    return this.#fields.length / 3;
  }

  /** A copy of the first key. */
  get firstKey(): Uint8Array {
    return this.#data.slice(0, this.#fields[1]);
  }

  /** Whether an element with so many bytes fits without overflow. */
  fits(length: number): boolean {
    return PAGE_HEADER_SIZE + (this.count + 1) * ELEMENT_SIZE +
        this.#dataLength + length <= PAGE_SIZE;
  }

  /**
   * Adds an element with the key `bytes[start, valueStart)` and the value
   * `bytes[valueStart, end)`.
   *
   * @param first what is first in it: a leaf's flags, a branch's child.
   */
  add(
    first: number,
    bytes: Uint8Array,
    start: number,
    valueStart: number,
    end: number,
  ): void {
    const length = this.#dataLength + end - start;
    if (length > this.#data.length) {
      const data = new Uint8Array(Math.max(length, 2 * this.#data.length));
      data.set(this.#data.subarray(0, this.#dataLength));
      this.#data = data;
    }
    this.#fields.push(first, valueStart - start, end - valueStart);
    this.#data.set(bytes.subarray(start, end), this.#dataLength);
    this.#dataLength = length;
  }

  /**
   * Writes the page at the end of the file, and empties it.
   *
   * @returns its number.
   */
  write(file: OutputFile): number {
    const fields = this.#fields, { count } = this;
    let data = PAGE_HEADER_SIZE + count * ELEMENT_SIZE;
    const pages = Math.ceil((data + this.#dataLength) / PAGE_SIZE);
    const number = file.position / PAGE_SIZE;
    const bytes = new Uint8Array(pages * PAGE_SIZE);
    const view = new DataView(bytes.buffer);
    writePageHeader(view, number, this.#kind, count, pages - 1);
    bytes.set(this.#data.subarray(0, this.#dataLength), data);
    for (let n = 0; n < count; n++) {
      const at = PAGE_HEADER_SIZE + n * ELEMENT_SIZE;
      const first = fields[3 * n];
      const key = fields[3 * n + 1], value = fields[3 * n + 2];
      if (this.#kind === LEAF_PAGE_FLAG) {
        view.setUint32(at, first, true);
        view.setUint32(at + 4, data - at, true);
        view.setUint32(at + 8, key, true);
        view.setUint32(at + 12, value, true);
      } else {
        view.setUint32(at, data - at, true);
        view.setUint32(at + 4, key, true);
        view.setBigUint64(at + 8, BigInt(first), true);
      }
      data += key + value;
    }
    file.write(bytes, 0, bytes.length);
    this.#fields.length = 0;
    this.#dataLength = 0;
    // What one long value needed is not kept for all the pages behind it.
    if (this.#data.length > LARGE) this.#data = new Uint8Array(PAGE_SIZE);
    return number;
  }
}

const LARGE = 1024 * 1024;

/** Writes what every page begins with. */
export function writePageHeader(
  view: DataView,
  number: number,
  flags: number,
  count: number,
  overflow: number,
): void {
  view.setBigUint64(0, BigInt(number), true);
  view.setUint16(8, flags, true);
  view.setUint16(10, count, true);
  view.setUint32(12, overflow, true);
}
