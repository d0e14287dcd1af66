/**
 * Checks a whole file: every page is in use in one place, or free, or unused;
 * keys are in order, and those of a hash in their buckets; leaves follow one
 * another as their tree has them; long items are whole. Checksums are looked at
 * whenever a page is read.
 *
 * @module
 */

import { DataFileError, type Fault } from "../storage.ts";
import { checkHash } from "./check_hash.ts";
import { checkTree } from "./check_tree.ts";
import { listDatabases } from "./databases.ts";
import { META_FREE, P_INVALID } from "./layout.ts";
import { type BtreeMeta, type HashMeta, readMeta } from "./meta.ts";
import { DamagedPage } from "./page.ts";
import type { Pages } from "./pages.ts";
import { guarded, Reached } from "./reached.ts";

/** Everything that is wrong with a file. */
export function* checkFile(pages: Pages): Iterable<Fault> {
  const reached = new Reached(pages);
  const named: number[] = [];
  yield* guarded(function* () {
    const first = readMeta(pages, 0);
    yield* checkDatabase(pages, reached, first);
    if (first.kind === "hash" || !first.master) return;
    for (const { pgno } of listDatabases(pages, first)) named.push(pgno);
  }());
  let complete = true;
  for (const pgno of named) {
    yield* guarded(function* () {
      const meta = readNamed(pages, pgno);
      if (meta === undefined) complete = false;
      else yield* checkDatabase(pages, reached, meta);
    }());
  }
  yield* guarded(checkFreeList(pages, reached));
  if (complete) yield* reached.missed();
}

/** The metadata of a named database; `undefined` if it cannot be served. */
function readNamed(
  pages: Pages,
  pgno: number,
): BtreeMeta | HashMeta | undefined {
  try {
    return readMeta(pages, pgno);
  } catch (error) {
    if (error instanceof DamagedPage || !(error instanceof DataFileError)) {
      throw error;
    }
    return undefined;
  }
}

function* checkDatabase(
  pages: Pages,
  reached: Reached,
  meta: BtreeMeta | HashMeta,
): Iterable<Fault> {
  reached.add(meta.pgno);
  yield* meta.kind === "btree"
    ? checkTree(pages, reached, meta.root, meta.pgno, false)
    : checkHash(pages, reached, meta);
}

function* checkFreeList(pages: Pages, reached: Reached): Iterable<Fault> {
  const page = pages.newPage();
  pages.loadMeta(page, 0);
  for (let pgno = page.u32(META_FREE); pgno !== 0; pgno = page.next) {
    pages.load(page, pgno, page.pgno);
    reached.add(pgno);
    if (page.type !== P_INVALID) {
      yield page.damaged("is on the free list, and in use").fault;
    }
  }
}
