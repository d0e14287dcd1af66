/**
 * A Berkeley DB file as numbered pages.
 *
 * @module
 */

import {
  DBMETASIZE,
  META_CHECKSUM,
  P_BTREEMETA,
  P_HASHMETA,
  P_HEAPMETA,
  P_QAMMETA,
  PAGE_CHECKSUM,
} from "./layout.ts";
import { DamagedPage, Page, type PageFormat } from "./page.ts";
import { checksum } from "./sums.ts";

/**
 * Offsets of 31 bits and more make V8 compile a function again and again, each
 * time to find that they do not fit: a get takes 30 times as long (V8 15.0). So
 * a large file is seen as parts, whose offsets are small.
 */
const PART = 2 ** 30;

/** The pages of one file. */
export class Pages {
  /** The file. */
  readonly path: string;
  /** What they have in common. */
  readonly format: PageFormat;
  /** How many pages there are in the file. */
  readonly present: number;
  readonly #parts: Uint8Array[] = [];
  /** A page's number is this many bits of its part's, and those of its place. */
  readonly #bits: number;
  /**
   * In a file with checksums, a bit for each page whose checksum was found to
   * be right: that is looked at when a page is first used.
   */
  readonly #proven: Uint8Array | undefined;

  /** Reads a file that has pages of that format, and is long enough for them. */
  constructor(path: string, bytes: Uint8Array, format: PageFormat) {
    this.path = path;
    this.format = format;
    this.present = bytes.length / format.size;
    for (let at = 0; at < bytes.length; at += PART) {
      this.#parts.push(bytes.subarray(at, at + PART));
    }
    this.#bits = Math.log2(PART / format.size);
    this.#proven = format.checksummed
      ? new Uint8Array(Math.ceil(format.count / 8))
      : undefined;
  }

  /** Makes a page to load others into. */
  newPage(): Page {
    return new Page(this.path, this.format);
  }

  /**
   * Makes `page` the page of that number. A page that does not bear its own
   * number was never written, or written to a wrong place.
   *
   * @param from the page that refers to it.
   */
  load(page: Page, pgno: number, from: number): void {
    this.seek(page, pgno, from);
    this.#check(page);
  }

  /** Makes `page` a metadata page: page 0, or one that the master refers to. */
  loadMeta(page: Page, pgno: number): void {
    if (pgno === 0) this.#place(page, 0);
    else this.seek(page, pgno, 0);
    this.#check(page);
  }

  /** Makes `page` that of a number, be it unwritten or damaged. */
  seek(page: Page, pgno: number, from: number): void {
    // The number 0 ends lists; nothing refers to page 0.
    if (pgno === 0 || pgno >= this.format.count) {
      throw this.damaged(
        from,
        `refers to page ${pgno}, and the last one is ${this.format.count - 1}`,
      );
    }
    this.#place(page, pgno);
  }

  /** The error for a page. */
  damaged(pgno: number, problem: string): DamagedPage {
    return new DamagedPage(this.path, pgno, problem);
  }

  #place(page: Page, pgno: number): void {
    page.pgno = pgno;
    page.bytes = this.#parts[pgno >>> this.#bits];
    page.start = (pgno & ((1 << this.#bits) - 1)) * page.size;
  }

  #check(page: Page): void {
    const { number } = page;
    if (number !== page.pgno) throw page.damaged(`bears the number ${number}`);
    if (this.#proven !== undefined) this.#prove(page, this.#proven);
  }

  #prove(page: Page, proven: Uint8Array): void {
    const byte = page.pgno >>> 3, bit = 1 << (page.pgno & 7);
    if ((proven[byte] & bit) !== 0) return;
    const { type } = page;
    const isMeta = type === P_BTREEMETA || type === P_HASHMETA ||
      type === P_QAMMETA || type === P_HEAPMETA;
    const offset = isMeta ? META_CHECKSUM : PAGE_CHECKSUM;
    const end = page.start + (isMeta ? DBMETASIZE : page.size);
    const sum = checksum(page.bytes, page.start, end, page.start + offset);
    if (sum !== page.u32(offset)) {
      throw page.damaged("does not match its checksum");
    }
    proven[byte] |= bit;
  }
}
