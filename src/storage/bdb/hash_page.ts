/**
 * The pages of a hash. A bucket is a chain of pages, each with pairs of items;
 * an item ends where the one before it begins.
 *
 * A bucket cannot go round in a circle: each page must name the one before it.
 *
 * @module
 */

import { H_DATA, P_HASH, P_HASH_UNSORTED, P_INVALID } from "./layout.ts";
import type { HashMeta } from "./meta.ts";
import type { Page } from "./page.ts";
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
 * Loads the first page of a bucket.
 *
 * @returns whether there is one: what no key was ever put into may be zeros.
 */
export function loadBucket(
  pages: Pages,
  page: Page,
  meta: HashMeta,
  bucket: number,
): boolean {
  const pgno = bucketPage(meta, bucket);
  pages.seek(page, pgno, meta.pgno);
  if (page.type === P_INVALID && page.number === 0) return false;
  pages.load(page, pgno, meta.pgno);
  requireHash(page, 0);
  return true;
}

/**
 * Loads the page behind the one that is loaded.
 *
 * @returns whether there is one.
 */
export function loadNextPage(pages: Pages, page: Page): boolean {
  const { next, pgno } = page;
  if (next === 0) return false;
  pages.load(page, next, pgno);
  requireHash(page, pgno);
  return true;
}

/** Where an item ends that begins at an offset. */
export function itemEnd(page: Page, item: number, offset: number): number {
  const end = item === 0 ? page.size : page.u16(page.index + 2 * (item - 1));
  if (end > page.size || end < offset + H_DATA) throw page.misplaced(offset);
  return end;
}

function requireHash(page: Page, prev: number): void {
  const { type } = page;
  if (type !== P_HASH && type !== P_HASH_UNSORTED) {
    throw page.damaged(`is of type ${type}, not a page of a hash`);
  }
  if (page.prev !== prev) {
    throw page.damaged(`does not name page ${prev} as the one before`);
  }
}
