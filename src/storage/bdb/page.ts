/**
 * A page, and what all of them have in common. Everything that is read from a
 * page goes through the bounds that are checked here.
 *
 * @module
 */

import { DataFileError, type Fault } from "../storage.ts";
import { ENTRIES, LEVEL, NEXT_PGNO, PGNO, PREV_PGNO, TYPE } from "./layout.ts";

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

/** What the pages of a file have in common; page 0 says it (`meta.ts`). */
export interface PageFormat {
  /** Whether numbers begin with their least significant byte. */
  readonly little: boolean;
  /** The bytes of a page. */
  readonly size: number;
  /** How many pages there are; those behind the last_pgno do not count. */
  readonly count: number;
  /** Whether pages have checksums. */
  readonly checksummed: boolean;
  /** The offset of the index, or of overflow data, in a page. */
  readonly index: number;
}

/**
 * A page of a file: one object for all the pages that are read one after the
 * other. `Pages` loads them; offsets are in the page.
 */
export class Page {
  /** The part of the file that has the page. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the page begins there. */
  start = 0;
  /** The number of the page. */
  pgno = 0;
  /** The bytes of a page. */
  readonly size: number;
  /** The offset of the index, or of overflow data. */
  readonly index: number;
  /** In a number of 16 bits, the offset of the less significant byte. */
  readonly lowByte: number;
  readonly #path: string;

  /** Makes a page of a file; it has yet to be loaded. */
  constructor(path: string, format: PageFormat) {
    this.size = format.size;
    this.index = format.index;
    this.lowByte = format.little ? 0 : 1;
    this.#path = path;
  }

  /** A byte. */
  u8(offset: number): number {
    return this.bytes[this.start + offset];
  }

  /** A number of 16 bits. */
  u16(offset: number): number {
    const at = this.start + offset;
    const low = this.lowByte;
    return this.bytes[at + low] | this.bytes[at + 1 - low] << 8;
  }

  /** A number of 32 bits. */
  u32(offset: number): number {
    return readNumber(this.bytes, this.start + offset, this.lowByte === 0);
  }

  /** Its own number, as it stands on it. */
  get number(): number {
    return this.u32(PGNO);
  }

  /** The type. */
  get type(): number {
    return this.u8(TYPE);
  }

  /** The level in a tree. */
  get level(): number {
    return this.u8(LEVEL);
  }

  /** The number of the page before it in a list. */
  get prev(): number {
    return this.u32(PREV_PGNO);
  }

  /** The number of the page behind it in a list; 0 at the end. */
  get next(): number {
    return this.u32(NEXT_PGNO);
  }

  /** How many items there are; the index has room for them. */
  entries(): number {
    const entries = this.u16(ENTRIES);
    if (this.index + 2 * entries > this.size) {
      throw this.damaged(`has no room for its ${entries} items`);
    }
    return entries;
  }

  /** The same on a page where keys and data take turns. */
  pairedEntries(): number {
    const entries = this.entries();
    if (entries % 2 !== 0) throw this.damaged("has a key without data");
    return entries;
  }

  /**
   * Where an item begins.
   *
   * @param entries the number of items; `item` is less than that.
   * @param size what the item takes at the least.
   */
  item(entries: number, item: number, size: number): number {
    const offset = this.u16(this.index + 2 * item);
    if (offset < this.index + 2 * entries || offset + size > this.size) {
      throw this.misplaced(offset);
    }
    return offset;
  }

  /** Refuses an item that ends behind the page. */
  require(offset: number, size: number): void {
    if (offset + size > this.size) throw this.misplaced(offset);
  }

  /** The error for an item that is not where one can be. */
  misplaced(offset: number): DamagedPage {
    return this.damaged(`there cannot be such an item at offset ${offset}`);
  }

  /** The error for this page. */
  damaged(problem: string): DamagedPage {
    return new DamagedPage(this.#path, this.pgno, problem);
  }
}

/** A number of 32 bits, in either byte order. */
export function readNumber(
  bytes: Uint8Array,
  at: number,
  little: boolean,
): number {
  return (little
    ? bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 | bytes[at + 3] << 24
    : bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 |
      bytes[at + 3]) >>> 0;
}
