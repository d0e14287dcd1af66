/**
 * Checks metadata pages for what opening them does not: settings that make no
 * sense, or not together.
 *
 * @module
 */

import type { Fault } from "../storage.ts";
import { bucketPage } from "./hash_page.ts";
import {
  BTM_DUP,
  BTM_DUPSORT,
  BTM_FIXEDLEN,
  BTM_RECNUM,
  BTM_RENUMBER,
  BTM_SUBDB,
  BTMETA_MINKEY,
  BTMETA_RE_LEN,
  HMETA_NELEM,
  META_FLAGS,
  META_FREE,
  META_LAST_PGNO,
} from "./layout.ts";
import type { BtreeMeta, HashMeta } from "./meta.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";

/** The page that the root of a file's only database, or of its master, is on. */
const FIRST_ROOT = 1;

/** An item has less room than this only where it could not be stored at all. */
const LEAST_ROOM = 10;

/** More keys than this no hash has; old versions counted below 0. */
const MAX_NELEM = 0x8000_0000;

/** Checks the metadata of a database. */
export function* checkMeta(
  pages: Pages,
  meta: BtreeMeta | HashMeta,
): Iterable<Fault> {
  const page = pages.newPage();
  pages.loadMeta(page, meta.pgno);
  for (
    const problem of meta.kind === "btree"
      ? btreeProblems(page, meta)
      : hashProblems(page, meta, pages.format.count)
  ) yield page.damaged(problem).fault;
  if (meta.pgno !== 0) {
    if (!meta.isNamed) {
      yield page.damaged("is of a named database, and not marked so").fault;
    }
    if (page.u32(META_FREE) !== 0) {
      yield page.damaged("has a free list, and is not the first page").fault;
    }
    return;
  }
  const count = page.u32(META_LAST_PGNO) + 1;
  if (count !== pages.present) {
    yield page.damaged(
      `says that there are ${count} pages, and the file has ${pages.present}`,
    ).fault;
  }
}

function* btreeProblems(page: Page, meta: BtreeMeta): Iterable<string> {
  const flags = page.u32(META_FLAGS);
  const has = (flag: number) => (flags & flag) !== 0;
  const isFirst = meta.pgno === 0;
  if (isFirst && meta.root !== FIRST_ROOT) {
    yield `has its root on page ${meta.root}, not on ${FIRST_ROOT}`;
  }
  if (isFirst && has(BTM_SUBDB) && has(BTM_DUP)) {
    yield "lists databases, and allows duplicates";
  }
  if (has(BTM_RECNUM) && has(BTM_DUP)) {
    yield "has both record numbers and duplicates";
  }
  if (has(BTM_DUPSORT) && !has(BTM_DUP)) {
    yield "sorts duplicates, and has none";
  }
  if (has(BTM_RENUMBER) || has(BTM_FIXEDLEN)) {
    yield "is marked as a recno database, and is none";
  }
  const minkey = page.u32(BTMETA_MINKEY);
  const room = Math.floor((page.size - page.index) / (2 * minkey));
  if (minkey < 2 || room < LEAST_ROOM) {
    yield `wants ${minkey} keys on a page at least`;
  }
  const length = page.u32(BTMETA_RE_LEN);
  if (length !== 0) {
    yield `has records of ${length} bytes, and of any length`;
  }
}

function* hashProblems(
  page: Page,
  meta: HashMeta,
  count: number,
): Iterable<string> {
  if (meta.sorted && !meta.duplicates) yield "sorts duplicates, and has none";
  const mask = 2 ** (32 - Math.clz32(meta.maxBucket)) - 1;
  if (meta.highMask !== mask) {
    yield `has buckets up to ${meta.maxBucket} with the mask ${meta.highMask}`;
  }
  const nelem = page.u32(HMETA_NELEM);
  if (nelem > MAX_NELEM) yield `says that it has ${nelem} keys`;
  const { spares } = meta;
  for (let bits = 0; bits < spares.length && spares[bits] !== 0; bits++) {
    const last = 2 ** bits - 1;
    const pgno = bucketPage(meta, last);
    if (pgno >= count) {
      yield `puts bucket ${last} on page ${pgno}, and the last one is ${
        count - 1
      }`;
    }
  }
}
