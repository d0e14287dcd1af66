/**
 * A Berkeley DB file as numbered pages. Everything that is read from a page
 * goes through the bounds that are checked here.
 *
 * @module
 */

import { DataFileError, type Fault } from "../storage.ts";
import {
  DBMETASIZE,
  ENTRIES,
  INDEX,
  INDEX_CHKSUM,
  META_CHECKSUM,
  P_BTREEMETA,
  P_HASHMETA,
  PAGE_CHECKSUM,
  PGNO,
  TYPE,
} from "./layout.ts";
import { checksum } from "./sums.ts";

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

/** What page 0 says of a file, when it has been checked (`meta.ts`). */
export interface PageFormat {
  /** Whether numbers begin with their least significant byte. */
  readonly little: boolean;
  /** The bytes of a page. */
  readonly size: number;
  /** How many pages there are; those behind the last_pgno do not count. */
  readonly count: number;
  /** Whether pages have checksums. */
  readonly checksummed: boolean;
}

/** The pages of one file. */
export class Pages {
  /** The file. */
  readonly path: string;
  /** The file's bytes. */
  readonly bytes: Uint8Array;
  /** The bytes of a page. */
  readonly size: number;
  /** How many pages there are. */
  readonly count: number;
  /** The offset of the index, or of overflow data, in a page. */
  readonly index: number;
  /** In a number of 16 bits, the offset of the less significant byte. */
  readonly lowByte: number;
  readonly #little: boolean;
  /**
   * In a file with checksums, a bit for each page whose checksum was found to
   * be right: that is looked at when a page is first used.
   */
  readonly #proven: Uint8Array | undefined;

  /** Reads a file that has pages of that format, and is long enough for them. */
  constructor(path: string, bytes: Uint8Array, format: PageFormat) {
    this.path = path;
    this.bytes = bytes;
    this.size = format.size;
    this.count = format.count;
    this.index = format.checksummed ? INDEX_CHKSUM : INDEX;
    this.#little = format.little;
    this.lowByte = format.little ? 0 : 1;
    this.#proven = format.checksummed
      ? new Uint8Array(Math.ceil(format.count / 8))
      : undefined;
  }

  /** A number of 16 bits. */
  u16(at: number): number {
    const bytes = this.bytes;
    return this.#little
      ? bytes[at] | bytes[at + 1] << 8
      : bytes[at] << 8 | bytes[at + 1];
  }

  /** A number of 32 bits. */
  u32(at: number): number {
    return readNumber(this.bytes, at, this.#little);
  }

  /**
   * Where the page of that number begins. A page that does not bear its own
   * number was never written, or written to a wrong place.
   *
   * @param from the page that refers to it.
   */
  page(pgno: number, from: number): number {
    return this.#sound(pgno, this.offset(pgno, from));
  }

  /** Where a metadata page begins: 0, or one that the master refers to. */
  metadata(pgno: number): number {
    return this.#sound(pgno, pgno === 0 ? 0 : this.offset(pgno, 0));
  }

  /** Where a page would begin that may be unwritten, or damaged. */
  offset(pgno: number, from: number): number {
    // The number 0 ends lists; nothing refers to page 0.
    if (pgno === 0 || pgno >= this.count) {
      throw this.damaged(
        from,
        `refers to page ${pgno}, and the last one is ${this.count - 1}`,
      );
    }
    return pgno * this.size;
  }

  #sound(pgno: number, page: number): number {
    const number = this.u32(page + PGNO);
    if (number !== pgno) throw this.damaged(pgno, `bears the number ${number}`);
    if (this.#proven !== undefined) this.#prove(pgno, page, this.#proven);
    return page;
  }

  #prove(pgno: number, page: number, proven: Uint8Array): void {
    const byte = Math.floor(pgno / 8), bit = 1 << pgno % 8;
    if ((proven[byte] & bit) !== 0) return;
    const type = this.bytes[page + TYPE];
    const isMeta = type === P_BTREEMETA || type === P_HASHMETA;
    const at = page + (isMeta ? META_CHECKSUM : PAGE_CHECKSUM);
    const end = page + (isMeta ? DBMETASIZE : this.size);
    if (checksum(this.bytes, page, end, at) !== this.u32(at)) {
      throw this.damaged(pgno, "does not match its checksum");
    }
    proven[byte] |= bit;
  }

  /** How many items a page has; its index has room for them. */
  entries(page: number, pgno: number): number {
    const entries = this.u16(page + ENTRIES);
    if (this.index + 2 * entries > this.size) {
      throw this.damaged(pgno, `has no room for its ${entries} items`);
    }
    return entries;
  }

  /**
   * Where an item begins.
   *
   * @param entries the number of items; `item` is less than that.
   * @param size what the item takes at the least.
   */
  item(
    page: number,
    pgno: number,
    entries: number,
    item: number,
    size: number,
  ): number {
    const offset = this.u16(page + this.index + 2 * item);
    if (offset < this.index + 2 * entries || offset > this.size - size) {
      throw this.damaged(pgno, `item ${item} is at offset ${offset}`);
    }
    return page + offset;
  }

  /** Refuses an item whose bytes end behind its page. */
  require(page: number, pgno: number, end: number): void {
    if (end > page + this.size) {
      throw this.damaged(
        pgno,
        `an item ends ${end - page - this.size} bytes behind the page`,
      );
    }
  }

  /** The error for a page. */
  damaged(pgno: number, problem: string): DamagedPage {
    return new DamagedPage(this.path, pgno, problem);
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
