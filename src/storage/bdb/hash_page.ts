/**
 * The pages of a hash. A bucket is a chain of pages, each with pairs of items;
 * an item ends where the one before it begins.
 *
 * @module
 */

import {
  H_DATA,
  P_HASH,
  P_HASH_UNSORTED,
  P_INVALID,
  PGNO,
  PREV_PGNO,
  TYPE,
} from "./layout.ts";
import type { HashMeta } from "./meta.ts";
import type { Pages } from "./pages.ts";

/** The bucket of a hash value. */
export function bucketOf(meta: HashMeta, hash: number): number {
  const bucket = (hash & meta.highMask) >>> 0;
  return bucket > meta.maxBucket ? (bucket & meta.lowMask) >>> 0 : bucket;
}

/** The number of a bucket's first page. */
export function bucketPage(meta: HashMeta, bucket: number): number {
  return (bucket + meta.spares[32 - Math.clz32(bucket)]) >>> 0;
}

/**
 * Where a bucket's first page begins; less than 0 if nothing was ever written
 * to it, so that it may be all zeros.
 */
export function firstPage(pages: Pages, pgno: number, from: number): number {
  const page = pages.offset(pgno, from);
  if (pages.bytes[page + TYPE] === P_INVALID && pages.u32(page + PGNO) === 0) {
    return -1;
  }
  return hashPage(pages, pages.page(pgno, from), pgno, 0);
}

/** Where the next page of a bucket begins, behind that of the number `prev`. */
export function nextPage(pages: Pages, pgno: number, prev: number): number {
  return hashPage(pages, pages.page(pgno, prev), pgno, prev);
}

function hashPage(
  pages: Pages,
  page: number,
  pgno: number,
  prev: number,
): number {
  const type = pages.bytes[page + TYPE];
  if (type !== P_HASH && type !== P_HASH_UNSORTED) {
    throw pages.damaged(pgno, `is of type ${type}, not a hash page`);
  }
  // This also keeps a bucket from going round in a circle.
  if (pages.u32(page + PREV_PGNO) !== prev) {
    throw pages.damaged(pgno, `does not name page ${prev} as the one before`);
  }
  return page;
}

/** How many items a page has: keys and data in turn. */
export function pairedEntries(
  pages: Pages,
  page: number,
  pgno: number,
): number {
  const entries = pages.entries(page, pgno);
  if (entries % 2 !== 0) throw pages.damaged(pgno, "has a key without data");
  return entries;
}

/** Where the item at `at` ends. */
export function itemEnd(
  pages: Pages,
  page: number,
  pgno: number,
  item: number,
  at: number,
): number {
  const end = item === 0
    ? pages.size
    : pages.u16(page + pages.index + 2 * (item - 1));
  if (end > pages.size || page + end < at + H_DATA) {
    throw pages.damaged(pgno, `item ${item} ends at offset ${end}`);
  }
  return page + end;
}
