/**
 * Checks hashes.
 *
 * @module
 */

import { Value } from "../storage.ts";
import type { Findings } from "./check.ts";
import { CheckedTree } from "./check_tree.ts";
import {
  bucketOf,
  bucketPage,
  firstPage,
  itemEnd,
  nextPage,
  pairedEntries,
} from "./hash_page.ts";
import {
  H_DATA,
  H_KEYDATA,
  H_OFFDUP,
  H_OFFPAGE,
  H_PGNO,
  H_TLEN,
  HOFFDUP_SIZE,
  HOFFPAGE_SIZE,
  NEXT_PGNO,
} from "./layout.ts";
import type { HashMeta } from "./meta.ts";
import { Overflow } from "./overflow.ts";
import type { Pages } from "./pages.ts";
import { hashKey } from "./sums.ts";

/** Goes over the hashes of one file. */
export class CheckedHash {
  readonly #pages: Pages;
  readonly #findings: Findings;
  readonly #overflow: Overflow;
  readonly #duplicates: CheckedTree;

  /** Checks hashes on these pages. */
  constructor(pages: Pages, findings: Findings) {
    this.#pages = pages;
    this.#findings = findings;
    this.#overflow = new Overflow(pages);
    this.#duplicates = new CheckedTree(pages, findings);
  }

  /** All buckets of a database, and the pages kept for buckets to come. */
  check(meta: HashMeta): void {
    const pages = this.#pages;
    for (let bucket = 0; bucket <= meta.maxBucket; bucket++) {
      this.#findings.guard(() => this.#bucket(meta, bucket));
    }
    for (let bucket = meta.maxBucket + 1; bucket <= meta.highMask; bucket++) {
      const pgno = bucketPage(meta, bucket);
      if (pgno < pages.count) this.#findings.share(pgno);
    }
  }

  #bucket(meta: HashMeta, bucket: number): void {
    const pages = this.#pages;
    let pgno = bucketPage(meta, bucket);
    let page = firstPage(pages, pgno, meta.pgno);
    if (!this.#findings.reach(pgno)) return;
    while (page >= 0) {
      const entries = pairedEntries(pages, page, pgno);
      for (let item = 0; item < entries; item++) {
        this.#item(meta, bucket, page, pgno, entries, item);
      }
      const next = pages.u32(page + NEXT_PGNO);
      if (next === 0) return;
      page = nextPage(pages, next, pgno);
      pgno = next;
      if (!this.#findings.reach(pgno)) return;
    }
  }

  #item(
    meta: HashMeta,
    bucket: number,
    page: number,
    pgno: number,
    entries: number,
    item: number,
  ): void {
    const pages = this.#pages;
    const at = pages.item(page, pgno, entries, item, H_DATA);
    const end = itemEnd(pages, page, pgno, item, at);
    const value = new Value();
    switch (pages.bytes[at]) {
      case H_KEYDATA:
        value.bytes = pages.bytes;
        value.start = at + H_DATA;
        value.end = end;
        break;
      case H_OFFPAGE: {
        pages.require(page, pgno, at + HOFFPAGE_SIZE);
        const first = pages.u32(at + H_PGNO), length = pages.u32(at + H_TLEN);
        this.#overflow.follow(first, length, pgno, (number) => {
          this.#findings.reach(number);
        });
        this.#overflow.read(first, length, pgno, value);
        break;
      }
      case H_OFFDUP:
        pages.require(page, pgno, at + HOFFDUP_SIZE);
        this.#duplicates.tree(pages.u32(at + H_PGNO), pgno);
        return;
      default:
        return; // duplicates on the page, or a type that no get understands
    }
    if (item % 2 !== 0) return;
    const hash = hashKey(value.bytes, value.start, value.end);
    if (bucketOf(meta, hash) !== bucket) {
      this.#findings.add(pgno, `item ${item} belongs to another bucket`);
    }
  }
}
