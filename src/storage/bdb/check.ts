/**
 * Checks a whole file: every page is in use in one place, or free, or unused;
 * keys are in order, and those of a hash in their buckets; leaves follow one
 * another as their tree has them; long items are whole. Checksums are looked at
 * whenever a page is read.
 *
 * @module
 */

import { Disorders } from "../disorder.ts";
import { DataFileError, type Fault, type Note } from "../storage.ts";
import { checkHash } from "./check_hash.ts";
import { checkMeta } from "./check_meta.ts";
import { checkTree } from "./check_tree.ts";
import { listDatabases } from "./databases.ts";
import { META_FREE, P_INVALID } from "./layout.ts";
import { type BtreeMeta, type HashMeta, readMeta } from "./meta.ts";
import { DamagedPage } from "./page.ts";
import type { Pages } from "./pages.ts";
import { guarded, Reached } from "./reached.ts";

/** Everything that is wrong with a file. */
export function* checkFile(
  pages: Pages,
  note: Note = () => {},
): Iterable<Fault> {
  const disorders = new Disorders();
  let sound = true;
  for (const fault of checkPages(pages, disorders, note)) {
    sound = false;
    yield fault;
  }
  yield* disorders.faults(sound);
}

/** All but the order of the keys of B-trees. */
function* checkPages(
  pages: Pages,
  disorders: Disorders,
  note: Note,
): Iterable<Fault> {
  const reached = new Reached(pages);
  const named: { name: string; pgno: number }[] = [];
  let isHash = false;
  yield* guarded(function* () {
    const first = readMeta(pages, 0);
    isHash = first.kind === "hash";
    yield* checkDatabase(pages, reached, first, disorders, note);
    if (first.kind === "hash" || !first.isNamed) return;
    named.push(...listDatabases(pages, first));
  }());
  let complete = true;
  for (const { name, pgno } of named) {
    yield* guarded(function* () {
      const meta = readNamed(pages, pgno);
      if (!(meta instanceof DataFileError)) {
        yield* checkDatabase(pages, reached, meta, disorders, note);
        return;
      }
      complete = false;
      note({
        place: `database ${JSON.stringify(name)}`,
        problem: `cannot be checked: ${meta.problem}`,
      });
    }());
  }
  yield* guarded(checkFreeList(pages, reached));
  yield* guarded(reached.miscounted());
  if (complete) yield* reached.missed(isHash);
}

/** The metadata of a named database, or why it cannot be served. */
function readNamed(
  pages: Pages,
  pgno: number,
): BtreeMeta | HashMeta | DataFileError {
  try {
    return readMeta(pages, pgno);
  } catch (error) {
    if (error instanceof DamagedPage || !(error instanceof DataFileError)) {
      throw error;
    }
    return error;
  }
}

function* checkDatabase(
  pages: Pages,
  reached: Reached,
  meta: BtreeMeta | HashMeta,
  disorders: Disorders,
  note: Note,
): Iterable<Fault> {
  reached.add(meta.pgno);
  yield* checkMeta(pages, meta);
  if (meta.kind === "hash") yield* checkHash(pages, reached, meta, note);
  else {
    const { root, pgno } = meta;
    yield* checkTree(pages, reached, meta, root, pgno, disorders, note);
  }
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
