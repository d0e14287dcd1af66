/**
 * Checks hashes: every key is in its bucket, once, in order where pages are
 * sorted.
 *
 * @module
 */

import { type Fault, type Note, Value } from "../storage.ts";
import { compareValues, startsWith } from "./compare.ts";
import { checkDuplicates, unsorted } from "./check_tree.ts";
import { HashItems } from "./hash_items.ts";
import {
  bucketOf,
  bucketPage,
  itemEnd,
  loadBucket,
  loadNextPage,
} from "./hash_page.ts";
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
  P_INVALID,
} from "./layout.ts";
import type { HashMeta } from "./meta.ts";
import { Overflow } from "./overflow.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";
import {
  checkUnused,
  guarded,
  isUnused,
  type Reached,
  requireNoLevel,
  requireUnwritten,
} from "./reached.ts";
import { hashKey } from "./sums.ts";

/** Checks all buckets of a hash. */
export function* checkHash(
  pages: Pages,
  reached: Reached,
  meta: HashMeta,
  note: Note,
): Iterable<Fault> {
  const hash = new HashCheck(pages, reached, meta, note);
  for (let bucket = 0; bucket <= meta.maxBucket; bucket++) {
    yield* guarded(hash.bucket(bucket));
  }
  yield* guarded(hash.unusedBuckets());
}

/** To this encoding, each byte is another character. */
const latin1 = new TextDecoder("latin1");

class HashCheck {
  readonly #pages: Pages;
  readonly #reached: Reached;
  readonly #meta: HashMeta;
  readonly #note: Note;
  readonly #items: HashItems;
  readonly #overflow: Overflow;
  readonly #page: Page;
  /** The keys of the bucket, a character a byte. */
  readonly #keys = new Set<string>();
  /** The last key, and the one before it. */
  #key = new Value();
  #last = new Value();

  constructor(pages: Pages, reached: Reached, meta: HashMeta, note: Note) {
    this.#note = note;
    this.#pages = pages;
    this.#reached = reached;
    this.#meta = meta;
    this.#items = new HashItems(pages);
    this.#overflow = new Overflow(pages);
    this.#page = pages.newPage();
  }

  *bucket(bucket: number): Iterable<Fault> {
    const page = this.#page;
    if (!loadBucket(this.#pages, page, this.#meta, bucket)) {
      this.#reached.add(page.pgno);
      requireUnwritten(page);
      return;
    }
    this.#keys.clear();
    do {
      this.#reached.add(page.pgno);
      requireNoLevel(page);
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

  /** The pages for buckets that will be needed when there are more keys. */
  *unusedBuckets(): Iterable<Fault> {
    const { maxBucket, spares } = this.#meta;
    const page = this.#page;
    for (let bucket = maxBucket + 1;; bucket++) {
      const bits = 32 - Math.clz32(bucket);
      if (bits >= spares.length || spares[bits] === 0) return;
      this.#pages.seek(page, bucketPage(this.#meta, bucket), this.#meta.pgno);
      if (!isUnused(page)) {
        yield page.damaged(`has keys of a bucket ${bucket} to come`).fault;
        return;
      }
      yield* checkUnused(page, this.#pages);
      // A page that was used before belongs to the free list.
      if (page.type === P_INVALID && page.number !== 0) continue;
      this.#reached.addUnused(page.pgno);
    }
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
    const text = latin1.decode(key.bytes.subarray(key.start, key.end));
    if (this.#keys.has(text)) {
      yield page.damaged(`has a key as item ${item} that is there already`)
        .fault;
    }
    this.#keys.add(text);
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
    } else if (
      (type === H_OFFDUP || type === H_DUPLICATE) && !this.#meta.duplicates
    ) {
      throw page.damaged(
        "has several data of a key, in a database without duplicates",
      );
    } else if (type === H_OFFDUP) {
      page.require(offset, HOFFDUP_SIZE);
      const root = page.u32(offset + H_PGNO);
      yield* checkDuplicates(
        this.#pages,
        this.#reached,
        this.#meta,
        root,
        page.pgno,
        this.#note,
      );
    } else if (type === H_DUPLICATE) {
      this.#duplicates(item, offset + H_DATA, end);
    } else if (type !== H_KEYDATA) {
      throw page.damaged(`item ${item} is of the unknown type ${type}`);
    }
  }

  /** Several data of a key, each between two copies of its length. */
  #duplicates(item: number, at: number, end: number): void {
    const page = this.#page;
    const before = new Value(), data = new Value();
    let isSorted = true;
    for (let first = true; at < end; first = false) {
      page.require(at, 2);
      const length = page.u16(at);
      const next = at + 2 + length + 2;
      if (next > end || page.u16(next - 2) !== length) {
        throw page.damaged(`item ${item} has duplicates of unclear length`);
      }
      data.bytes = page.bytes;
      data.start = page.start + at + 2;
      data.end = data.start + length;
      if (!first && compareValues(before, data) > 0) isSorted = false;
      before.bytes = data.bytes;
      before.start = data.start;
      before.end = data.end;
      at = next;
    }
    if (this.#meta.sorted && !isSorted) this.#note(unsorted(page));
  }
}

/** Whether a key stands before another: of those that begin alike, the longer. */
function precedes(a: Value, b: Value): boolean {
  const aSize = a.end - a.start, bSize = b.end - b.start;
  return startsWith(a.bytes, a.start, b.bytes, b.start, Math.min(aSize, bSize))
    ? aSize > bSize
    : compareValues(a, b) < 0;
}
