/**
 * Finds keys in a hash. The layout is told in `layout.ts`.
 *
 * @module
 */

import { randomBelow, RandomWalks } from "../random.ts";
import { type Entry, Value } from "../storage.ts";
import { startsWith } from "./compare.ts";
import { bucketOf, itemEnd, loadBucket, loadNextPage } from "./hash_page.ts";
import { HashItems } from "./hash_items.ts";
import { H_DATA, H_KEYDATA, H_OFFDUP, MINFILL, P_HASH } from "./layout.ts";
import type { HashMeta } from "./meta.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";
import { hashKey } from "./sums.ts";

/** A random key is one of so many pages of its bucket: most have one or two. */
const PAGES_OF_BUCKET = 16;

/** A key on a page. */
interface Place {
  page: Page;
  entries: number;
  item: number;
}

/** A hash database. */
export class Hash {
  readonly #pages: Pages;
  readonly #meta: HashMeta;
  readonly #page: Page;
  readonly #items: HashItems;
  readonly #walks = new RandomWalks();

  /** Reads the hash of these metadata. */
  constructor(pages: Pages, meta: HashMeta) {
    this.#pages = pages;
    this.#meta = meta;
    this.#page = pages.newPage();
    this.#items = new HashItems(pages);
  }

  /** Finds the first data of a key; see {@linkcode Snapshot.find}. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const pages = this.#pages;
    const page = this.#page;
    const bucket = bucketOf(this.#meta, hashKey(bytes, start, end));
    if (!loadBucket(pages, page, this.#meta, bucket)) return false;
    do {
      const entries = page.pairedEntries();
      const item = page.type === P_HASH
        ? this.#sorted(page, entries, bytes, start, end)
        : this.#unsorted(page, entries, bytes, start, end);
      if (item >= 0) {
        value.flags = 0;
        return this.#items.data(page, entries, item + 1, value);
      }
    } while (loadNextPage(pages, page));
    return false;
  }

  /** All records, bucket by bucket. */
  *entries(): Iterable<Entry> {
    // What is read here must last while `find` is called, and a key while its
    // data are read.
    const keys = new HashItems(this.#pages);
    const items = new HashItems(this.#pages);
    const key = new Value();
    const value = new Value();
    for (const { page, entries, item } of this.#places()) {
      if (!items.data(page, entries, item + 1, value)) continue;
      keys.key(page, entries, item, key);
      yield {
        key: key.bytes.subarray(key.start, key.end),
        value: value.bytes.subarray(value.start, value.end),
      };
    }
  }

  /**
   * The key of a random record; `undefined` if there is none, or hardly any
   * bucket has one.
   */
  randomKey(): Uint8Array | undefined {
    const pages = this.#pages;
    const page = this.#page;
    const value = new Value();
    return this.#walks.find((choose) => {
      const buckets = this.#meta.maxBucket + 1;
      if (!loadBucket(pages, page, this.#meta, choose(buckets))) {
        return undefined;
      }
      let keys = 0;
      let chosen = page.pgno;
      // Each page of the bucket is taken in proportion to its keys.
      for (let n = 0, more = true; more && n < PAGES_OF_BUCKET; n++) {
        const count = page.pairedEntries() >>> 1;
        keys += count;
        if (randomBelow(keys) < count) chosen = page.pgno;
        more = loadNextPage(pages, page);
      }
      if (keys === 0) return undefined;
      choose(keys);
      pages.load(page, chosen, this.#meta.pgno);
      const entries = page.pairedEntries();
      const item = 2 * randomBelow(entries >>> 1);
      if (!this.#items.data(page, entries, item + 1, value)) return undefined;
      this.#items.key(page, entries, item, value);
      return value.bytes.slice(value.start, value.end);
    });
  }

  /** All data of all keys, bucket by bucket. */
  *allEntries(): Iterable<Entry> {
    const keys = new HashItems(this.#pages);
    const items = new HashItems(this.#pages);
    const key = new Value();
    const value = new Value();
    for (const { page, entries, item } of this.#places()) {
      const all = items.allData(page, entries, item + 1, value);
      for (const { bytes, start, end } of all) {
        keys.key(page, entries, item, key);
        yield {
          key: key.bytes.subarray(key.start, key.end),
          value: bytes.subarray(start, end),
        };
      }
    }
  }

  /** How many keys there are; reads all pages. */
  count(): number {
    const items = new HashItems(this.#pages);
    const value = new Value();
    let count = 0;
    for (const { page, entries, item } of this.#places()) {
      const type = page.u8(page.item(entries, item + 1, H_DATA));
      if (type !== H_OFFDUP || items.data(page, entries, item + 1, value)) {
        count++;
      }
    }
    return count;
  }

  /** Each key. What it yields is the same object again and again. */
  *#places(): Iterable<Readonly<Place>> {
    const page = this.#pages.newPage();
    const place: Place = { page, entries: 0, item: 0 };
    for (let bucket = 0; bucket <= this.#meta.maxBucket; bucket++) {
      if (!loadBucket(this.#pages, page, this.#meta, bucket)) continue;
      do {
        place.entries = page.pairedEntries();
        for (place.item = 0; place.item < place.entries; place.item += 2) {
          yield place;
        }
      } while (loadNextPage(this.#pages, page));
    }
  }

  /**
   * The item of the key on a page whose keys are sorted; less than 0 if none.
   *
   * The order is that of the bytes, but of two keys one of which begins with the
   * other, the longer is the lesser.
   */
  #sorted(
    page: Page,
    entries: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    // All in local variables: this loop is where a get spends its time.
    const file = page.bytes;
    const low8 = page.lowByte, high8 = 1 - low8;
    const index = page.start + page.index;
    const size = end - start;
    // Where a long key stands among those that it begins with depends on
    // whether it was added there or came there in a split.
    let unsure = size > page.size / MINFILL;
    // How many bytes the key has in common with the last lesser and the last
    // greater one: it has the lesser of them in common with all in between.
    let lowCommon = 0, highCommon = 0;
    let low = 0, high = entries >>> 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const slot = index + 4 * middle;
      const offset = file[slot + low8] | file[slot + high8] << 8;
      const stop = middle === 0
        ? page.size
        : file[slot - 2 + low8] | file[slot - 2 + high8] << 8;
      if (offset >= stop || stop > page.size) throw page.misplaced(offset);
      const key = page.start + offset + H_DATA;
      let common = 0, order = 0;
      if (file[key - H_DATA] === H_KEYDATA) {
        const length = stop - offset - H_DATA;
        const least = length < size ? length : size;
        const skip = lowCommon < highCommon ? lowCommon : highCommon;
        common = skip;
        while (
          common < least && file[key + common] === bytes[start + common]
        ) common++;
        order = common < least
          ? bytes[start + common] - file[key + common]
          : length - size;
        if (order === 0) {
          if (startsWith(file, key, bytes, start, skip)) return 2 * middle;
          throw page.damaged("has keys that are not in order");
        }
      } else {
        order = this.#items.compareLong(page, offset, bytes, start, end);
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
    return unsure ? this.#unsorted(page, entries, bytes, start, end) : -1;
  }

  /** The item of the key on a page in whatever order; less than 0 if none. */
  #unsorted(
    page: Page,
    entries: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const size = end - start;
    for (let item = 0; item < entries; item += 2) {
      const offset = page.item(entries, item, H_DATA);
      if (page.u8(offset) !== H_KEYDATA) {
        const items = this.#items;
        if (items.compareLong(page, offset, bytes, start, end) === 0) {
          return item;
        }
      } else if (
        itemEnd(page, item, offset) - offset - H_DATA === size &&
        startsWith(page.bytes, page.start + offset + H_DATA, bytes, start, size)
      ) return item;
    }
    return -1;
  }
}
