/**
 * The free pages: a database of its own whose keys are transactions, and whose
 * values are lists of the pages that they set free.
 *
 * ```text
 * 8 bytes: how many entries follow    8 bytes an entry: a page number
 * ```
 *
 * In format 2, an entry can also be 0, which says nothing, or less than that:
 * then its opposite is a number of pages, and the next entry the first of them.
 *
 * @module
 */

import { Value } from "../storage.ts";
import { Database } from "./database.ts";
import type { Environment } from "./environment.ts";
import { MDB_INTEGERKEY, MM_FREE_DB } from "./layout.ts";
import { i64, u64 } from "./numbers.ts";
import { rootOf } from "./tree.ts";
import { readValue } from "./values.ts";

/** Some free pages, one behind the other. */
export interface FreePages {
  /** The first. */
  pgno: number;
  /** How many. */
  length: number;
  /** The leaf of the database of free pages that says so. */
  from: number;
}

/** The database of free pages. */
export function freeDatabase({ pages, meta }: Environment): Database {
  const database = new Database(pages);
  database.record = meta.at + MM_FREE_DB;
  database.pgno = meta.pgno;
  // Where other databases have their flags, this one has the environment's.
  database.flags = MDB_INTEGERKEY;
  database.root = rootOf(pages, database.record);
  return database;
}

/** What the database of free pages says. */
export function* freePages(database: Database): Iterable<FreePages> {
  const { pages } = database;
  const { bytes } = pages;
  const list = new Value();
  for (const node of database.nodes()) {
    const from = pages.pageOf(node);
    readValue(database, node, list);
    const size = list.end - list.start;
    const entries = size < 8 ? 0 : u64(bytes, list.start);
    const end = list.start + 8 * (entries + 1);
    if (size < 8 || end > list.end) {
      throw pages.damaged(
        from,
        `has a list of ${entries} free pages in ${size} bytes`,
      );
    }
    for (let at = list.start + 8; at < end; at += 8) {
      const entry = i64(bytes, at);
      if (entry > 0) {
        yield { pgno: entry, length: 1, from };
      } else if (entry < 0 && at + 8 < end) {
        at += 8;
        yield { pgno: i64(bytes, at), length: -entry, from };
      }
    }
  }
}
