/**
 * One database of a file.
 *
 * @module
 */

import { MD_FLAGS, VALID_FLAGS } from "./layout.ts";
import type { Pages } from "./pages.ts";
import { search } from "./search.ts";
import { leaves, P_INVALID, rootOf } from "./tree.ts";
import { recordOf } from "./values.ts";

/** A database, as its `MDB_db` record describes it. */
export class Database {
  /** The file. */
  readonly pages: Pages;
  /** Where the record is. */
  record = 0;
  /** The number of the page with the record: a meta page, or a leaf. */
  pgno = 0;
  /** The database's flags. */
  flags = 0;
  /** The number of its root page, or {@linkcode P_INVALID}. */
  root: number = P_INVALID;

  /** Makes room for a description; see {@linkcode Database.load}. */
  constructor(pages: Pages) {
    this.pages = pages;
  }

  /**
   * Turns to the database whose record is at `record`. May be done again and
   * again: a look-up in a namespace makes no object for it.
   *
   * @param pgno the page with the record; all of it is there.
   */
  load(record: number, pgno: number): this {
    const flags = this.pages.u16(record + MD_FLAGS);
    if ((flags & ~VALID_FLAGS) !== 0) {
      throw this.pages.damaged(
        pgno,
        `has a database with the flags 0x${flags.toString(16)}`,
      );
    }
    this.record = record;
    this.pgno = pgno;
    this.flags = flags;
    this.root = rootOf(this.pages, record);
    return this;
  }

  /** Turns to the named database of a node in the main one. */
  loadNode(node: number): this {
    return this.load(recordOf(this.pages, node), this.pages.pageOf(node));
  }

  /** Finds the node of the key `bytes[start, end)`; -1 if there is none. */
  search(bytes: Uint8Array, start: number, end: number): number {
    if (this.root === P_INVALID) return -1;
    const { pages, root, pgno, flags } = this;
    return search(pages, root, pgno, flags, bytes, start, end);
  }

  /** All nodes with keys and data, in order. */
  *nodes(): Generator<number> {
    const pages = this.pages;
    for (const pgno of leaves(pages, this.root, this.pgno)) {
      const page = pgno * pages.size;
      const end = page + pages.size;
      const keys = pages.keys(page, end, pgno);
      for (let index = 0; index < keys; index++) {
        yield pages.node(page, end, pgno, keys, index);
      }
    }
  }
}
