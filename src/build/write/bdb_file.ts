/**
 * The pages of a Berkeley DB file that is being written: they get their numbers
 * in order, and are completed in another.
 *
 * @module
 */

import {
  ENTRIES,
  HF_OFFSET,
  INDEX,
  NEXT_PGNO,
  P_OVERFLOW,
  PREV_PGNO,
} from "../../storage/bdb/layout.ts";
import { PAGE_SIZE, writePageHeader } from "./bdb_page.ts";
import { OutputFile } from "./output_file.ts";

/** Pages that are in memory: a leaf waits here for the number of the next. */
const WINDOW = 1024;

/** Writes one file. */
export class BdbFile {
  readonly #file: OutputFile;
  #window = new Uint8Array(WINDOW * PAGE_SIZE);
  /** The number of the window's first page. */
  #base = 0;
  #next: number;

  /**
   * Creates the file at `path`.
   *
   * @param reserved so many pages at its begin get no number here.
   */
  constructor(path: string, reserved: number) {
    this.#file = new OutputFile(path);
    this.#next = reserved;
  }

  /** The number of the last page. */
  get last(): number {
    return this.#next - 1;
  }

  /** The number for one more page. */
  allocate(): number {
    return this.#next++;
  }

  /** Writes the page of a number. */
  write(pgno: number, page: Uint8Array): void {
    while (pgno >= this.#base + WINDOW) this.#advance();
    if (pgno < this.#base) this.#file.overwrite(page, pgno * PAGE_SIZE);
    else this.#window.set(page, (pgno - this.#base) * PAGE_SIZE);
  }

  /**
   * Writes `bytes[start, end)` on pages of their own.
   *
   * @returns the number of the first.
   */
  writeOverflow(bytes: Uint8Array, start: number, end: number): number {
    const first = this.#next;
    const page = new Uint8Array(PAGE_SIZE);
    const view = new DataView(page.buffer);
    for (let prev = 0; start < end;) {
      const pgno = this.allocate();
      const length = Math.min(end - start, PAGE_SIZE - INDEX);
      writePageHeader(view, pgno, P_OVERFLOW, 0);
      view.setUint32(PREV_PGNO, prev, true);
      view.setUint32(NEXT_PGNO, start + length < end ? pgno + 1 : 0, true);
      view.setUint16(ENTRIES, 1, true); // one reference
      view.setUint16(HF_OFFSET, length, true);
      page.set(bytes.subarray(start, start + length), INDEX);
      page.fill(0, INDEX + length);
      this.write(pgno, page);
      start += length;
      prev = pgno;
    }
    return first;
  }

  /** Writes all pages that have numbers. */
  finish(): void {
    const end = (this.#next - this.#base) * PAGE_SIZE;
    this.#file.write(this.#window, 0, end);
    this.#file.flush();
  }

  /** Closes the file. */
  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #advance(): void {
    this.#file.write(this.#window, 0, this.#window.length);
    this.#window.fill(0);
    this.#base += WINDOW;
  }
}
