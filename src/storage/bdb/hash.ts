/**
 * Finds keys in a hash. The layout is told in `layout.ts`.
 *
 * @module
 */

import { type Entry, type Fault, type Snapshot, Value } from "../storage.ts";
import { checkFile } from "./check.ts";
import { hasPrefix } from "./compare.ts";
import {
  bucketOf,
  bucketPage,
  firstPage,
  itemEnd,
  nextPage,
  pairedEntries,
} from "./hash_page.ts";
import { Items } from "./items.ts";
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
  MINFILL,
  NEXT_PGNO,
  P_HASH,
  TYPE,
} from "./layout.ts";
import type { HashMeta } from "./meta.ts";
import type { Pages } from "./pages.ts";
import { hashKey } from "./sums.ts";

/** A pair: the item of its key. */
interface Place {
  page: number;
  pgno: number;
  entries: number;
  item: number;
}

/** A hash database. */
export class HashSnapshot implements Snapshot {
  /** Tells it from a B-tree. */
  readonly kind = "hash";
  readonly #pages: Pages;
  readonly #meta: HashMeta;
  readonly #items: Items;

  /** Reads the hash of these metadata. */
  constructor(pages: Pages, meta: HashMeta) {
    this.#pages = pages;
    this.#meta = meta;
    this.#items = new Items(pages);
  }

  /** Finds the first data of a key; see {@linkcode Snapshot.find}. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const pages = this.#pages;
    const meta = this.#meta;
    const bucket = bucketOf(meta, hashKey(bytes, start, end));
    let pgno = bucketPage(meta, bucket);
    let page = firstPage(pages, pgno, meta.pgno);
    while (page >= 0) {
      const entries = pairedEntries(pages, page, pgno);
      const item = pages.bytes[page + TYPE] === P_HASH
        ? this.#sorted(page, pgno, entries, bytes, start, end)
        : this.#unsorted(page, pgno, entries, bytes, start, end);
      if (item >= 0) {
        value.flags = 0;
        return this.#data(page, pgno, entries, item + 1, value);
      }
      const next = pages.u32(page + NEXT_PGNO);
      if (next === 0) break;
      page = nextPage(pages, next, pgno);
      pgno = next;
    }
    return false;
  }

  /** All records, bucket by bucket. */
  *entries(): Iterable<Entry> {
    // A key and its data may both be long: they must not share a buffer.
    const keys = new HashSnapshot(this.#pages, this.#meta);
    const key = new Value();
    const value = new Value();
    for (const { page, pgno, entries, item } of this.#places()) {
      if (!this.#data(page, pgno, entries, item + 1, value)) continue;
      keys.#key(page, pgno, entries, item, key);
      yield {
        key: key.bytes.subarray(key.start, key.end),
        value: value.bytes.subarray(value.start, value.end),
      };
    }
  }

  /** How many keys there are; reads all pages. */
  count(): number {
    const pages = this.#pages;
    const value = new Value();
    let count = 0;
    for (const { page, pgno, entries, item } of this.#places()) {
      const at = pages.item(page, pgno, entries, item + 1, H_DATA);
      if (
        pages.bytes[at] !== H_OFFDUP ||
        this.#data(page, pgno, entries, item + 1, value)
      ) count++;
    }
    return count;
  }

  /** Checks the whole file, with all databases that are in it. */
  check(): Iterable<Fault> {
    return checkFile(this.#pages);
  }

  /** Each pair. What it yields is the same object again and again. */
  *#places(): Iterable<Readonly<Place>> {
    const pages = this.#pages;
    const meta = this.#meta;
    const place: Place = { page: 0, pgno: 0, entries: 0, item: 0 };
    for (let bucket = 0; bucket <= meta.maxBucket; bucket++) {
      place.pgno = bucketPage(meta, bucket);
      place.page = firstPage(pages, place.pgno, meta.pgno);
      while (place.page >= 0) {
        place.entries = pairedEntries(pages, place.page, place.pgno);
        for (place.item = 0; place.item < place.entries; place.item += 2) {
          yield place;
        }
        const next = pages.u32(place.page + NEXT_PGNO);
        if (next === 0) break;
        place.page = nextPage(pages, next, place.pgno);
        place.pgno = next;
      }
    }
  }

  /**
   * The item of the key on a page whose keys are sorted; less than 0 if none.
   *
   * The order is that of the bytes, but of two keys one of which begins with the
   * other, the longer is the lesser.
   */
  #sorted(
    page: number,
    pgno: number,
    entries: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const pages = this.#pages;
    const file = pages.bytes;
    const lo = pages.lowByte, hi = 1 - lo;
    const index = page + pages.index;
    const size = end - start;
    // Where a long key stands among those that it begins with depends on
    // whether it was added there or came there in a split.
    let unsure = size > pages.size / MINFILL;
    // How many bytes the key has in common with the last lesser and the last
    // greater one: it has the lesser of them in common with all in between.
    let lowCommon = 0, highCommon = 0;
    let low = 0, high = entries >>> 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const slot = index + 4 * middle;
      const offset = file[slot + lo] | file[slot + hi] << 8;
      const stop = middle === 0
        ? pages.size
        : file[slot - 2 + lo] | file[slot - 2 + hi] << 8;
      if (offset >= stop || stop > pages.size) {
        throw pages.damaged(pgno, `item ${2 * middle} is at offset ${offset}`);
      }
      const key = page + offset + H_DATA;
      const skip = lowCommon < highCommon ? lowCommon : highCommon;
      let common = 0, order = 0;
      if (file[page + offset] === H_KEYDATA) {
        const length = stop - offset - H_DATA;
        const least = length < size ? length : size;
        common = skip;
        while (
          common < least && file[key + common] === bytes[start + common]
        ) common++;
        order = common < least
          ? bytes[start + common] - file[key + common]
          : length - size;
        if (order === 0) {
          if (hasPrefix(file, key, bytes, start, skip)) return 2 * middle;
          throw pages.damaged(pgno, "its keys are not in order");
        }
      } else {
        order = this.#compareLong(page, pgno, key - H_DATA, bytes, start, end);
        if (order === 0) return 2 * middle;
        unsure = true;
      }
      if (order < 0) {
        high = middle;
        highCommon = common;
      } else {
        low = middle + 1;
        lowCommon = common;
      }
    }
    return unsure ? this.#unsorted(page, pgno, entries, bytes, start, end) : -1;
  }

  /** The item of the key on a page in whatever order; less than 0 if none. */
  #unsorted(
    page: number,
    pgno: number,
    entries: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const pages = this.#pages;
    for (let item = 0; item < entries; item += 2) {
      const at = pages.item(page, pgno, entries, item, H_DATA);
      if (pages.bytes[at] === H_KEYDATA) {
        const stop = itemEnd(pages, page, pgno, item, at);
        if (
          stop - at - H_DATA === end - start &&
          hasPrefix(pages.bytes, at + H_DATA, bytes, start, end - start)
        ) return item;
      } else if (
        this.#compareLong(page, pgno, at, bytes, start, end) === 0
      ) return item;
    }
    return -1;
  }

  /** Compares a key with one that is off the page. */
  #compareLong(
    page: number,
    pgno: number,
    at: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const pages = this.#pages;
    if (pages.bytes[at] !== H_OFFPAGE) {
      throw pages.damaged(pgno, `a key is of the type ${pages.bytes[at]}`);
    }
    pages.require(page, pgno, at + HOFFPAGE_SIZE);
    return this.#items.overflow.compare(
      pages.u32(at + H_PGNO),
      pages.u32(at + H_TLEN),
      pgno,
      bytes,
      start,
      end,
    );
  }

  /** Reads the key that is the item of that number. */
  #key(
    page: number,
    pgno: number,
    entries: number,
    item: number,
    value: Value,
  ): void {
    const pages = this.#pages;
    const type = pages.bytes[pages.item(page, pgno, entries, item, H_DATA)];
    if (type !== H_KEYDATA && type !== H_OFFPAGE) {
      throw pages.damaged(pgno, `a key is of the type ${type}`);
    }
    this.#data(page, pgno, entries, item, value);
  }

  /** Reads the first data that the item of that number has, if any. */
  #data(
    page: number,
    pgno: number,
    entries: number,
    item: number,
    value: Value,
  ): boolean {
    const pages = this.#pages;
    const at = pages.item(page, pgno, entries, item, H_DATA);
    const end = itemEnd(pages, page, pgno, item, at);
    const type = pages.bytes[at];
    if (type === H_KEYDATA) {
      value.bytes = pages.bytes;
      value.start = at + H_DATA;
      value.end = end;
    } else if (type === H_OFFPAGE) {
      pages.require(page, pgno, at + HOFFPAGE_SIZE);
      const first = pages.u32(at + H_PGNO);
      this.#items.overflow.read(first, pages.u32(at + H_TLEN), pgno, value);
    } else if (type === H_DUPLICATE) {
      // Each of them stands between two copies of its length.
      pages.require(page, pgno, at + H_DATA + 2);
      value.bytes = pages.bytes;
      value.start = at + H_DATA + 2;
      value.end = value.start + pages.u16(at + H_DATA);
      if (value.end + 2 > end) {
        throw pages.damaged(pgno, `item ${item} is shorter than its data`);
      }
    } else if (type === H_OFFDUP) {
      pages.require(page, pgno, at + HOFFDUP_SIZE);
      const root = pages.u32(at + H_PGNO);
      return this.#items.firstDuplicate(root, pgno, value);
    } else {
      throw pages.damaged(pgno, `item ${item} is of the unknown type ${type}`);
    }
    return true;
  }
}
