/**
 * Checks hashes: every key is in its bucket, in order where pages are sorted.
 *
 * @module
 */

import { type Fault, Value } from "../storage.ts";
import { compareValues, startsWith } from "./compare.ts";
import { checkTree } from "./check_tree.ts";
import { HashItems } from "./hash_items.ts";
import { bucketOf, itemEnd, loadBucket, loadNextPage } from "./hash_page.ts";
import {
  H_DATA,
  H_DUPLICATE,
  H_KEYDATA,
  H_OFFDUP,
  H_OFFPAGE,
  H_PGNO,
  H_TLEN,
  HOFFDUP_SIZE,
  HOFFPAGE_SIZE,
  P_HASH,
} from "./layout.ts";
import type { HashMeta } from "./meta.ts";
import { Overflow } from "./overflow.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";
import { guarded, type Reached } from "./reached.ts";
import { hashKey } from "./sums.ts";

/** Checks all buckets of a hash. */
export function* checkHash(
  pages: Pages,
  reached: Reached,
  meta: HashMeta,
): Iterable<Fault> {
  const hash = new HashCheck(pages, reached, meta);
  for (let bucket = 0; bucket <= meta.maxBucket; bucket++) {
    yield* guarded(hash.bucket(bucket));
  }
}

class HashCheck {
  readonly #pages: Pages;
  readonly #reached: Reached;
  readonly #meta: HashMeta;
  readonly #items: HashItems;
  readonly #overflow: Overflow;
  readonly #page: Page;
  /** The last key, and the one before it. */
  #key = new Value();
  #last = new Value();

  constructor(pages: Pages, reached: Reached, meta: HashMeta) {
    this.#pages = pages;
    this.#reached = reached;
    this.#meta = meta;
    this.#items = new HashItems(pages);
    this.#overflow = new Overflow(pages);
    this.#page = pages.newPage();
  }

  *bucket(bucket: number): Iterable<Fault> {
    const page = this.#page;
    if (!loadBucket(this.#pages, page, this.#meta, bucket)) return;
    do {
      this.#reached.add(page.pgno);
      const entries = page.pairedEntries();
      let inOrder = false;
      for (let item = 0; item < entries; item += 2) {
        yield* this.#item(entries, item);
        yield* this.#item(entries, item + 1);
        yield* this.#checkKey(entries, item, bucket, inOrder);
        // Keys that are off the page stand among the others as they came.
        inOrder = page.type === P_HASH &&
          page.u8(page.item(entries, item, H_DATA)) === H_KEYDATA;
      }
    } while (loadNextPage(this.#pages, page));
  }

  /**
   * That a key is in its bucket.
   *
   * @param inOrder whether the key before it on the page must be less, if this
   * one is on the page too.
   */
  *#checkKey(
    entries: number,
    item: number,
    bucket: number,
    inOrder: boolean,
  ): Iterable<Fault> {
    const page = this.#page;
    const last = this.#key, key = this.#last;
    this.#items.key(page, entries, item, key);
    const hash = hashKey(key.bytes, key.start, key.end);
    if (bucketOf(this.#meta, hash) !== bucket) {
      yield page.damaged(`has item ${item} of another bucket`).fault;
    }
    const onPage = page.u8(page.item(entries, item, H_DATA)) === H_KEYDATA;
    if (inOrder && onPage && !precedes(last, key)) {
      yield page.damaged("has keys that are not in order").fault;
    }
    this.#key = key;
    this.#last = last;
  }

  /** That an item is whole, with all that is elsewhere. */
  *#item(entries: number, item: number): Iterable<Fault> {
    const page = this.#page;
    const offset = page.item(entries, item, H_DATA);
    const end = itemEnd(page, item, offset);
    const type = page.u8(offset);
    if (type === H_OFFPAGE) {
      page.require(offset, HOFFPAGE_SIZE);
      const first = page.u32(offset + H_PGNO);
      const tlen = page.u32(offset + H_TLEN);
      this.#reached.addChain(this.#overflow, first, tlen, page.pgno);
    } else if (type === H_OFFDUP) {
      page.require(offset, HOFFDUP_SIZE);
      const root = page.u32(offset + H_PGNO);
      yield* checkTree(this.#pages, this.#reached, root, page.pgno, true);
    } else if (type === H_DUPLICATE) {
      for (let at = offset + H_DATA; at < end;) {
        page.require(at, 2);
        const length = page.u16(at);
        at += 2 + length + 2;
        if (at > end || page.u16(at - 2) !== length) {
          throw page.damaged(`item ${item} has duplicates of unclear length`);
        }
      }
    } else if (type !== H_KEYDATA) {
      throw page.damaged(`item ${item} is of the unknown type ${type}`);
    }
  }
}

/** Whether a key stands before another: of those that begin alike, the longer. */
function precedes(a: Value, b: Value): boolean {
  const aSize = a.end - a.start, bSize = b.end - b.start;
  return startsWith(a.bytes, a.start, b.bytes, b.start, Math.min(aSize, bSize))
    ? aSize > bSize
    : compareValues(a, b) < 0;
}
