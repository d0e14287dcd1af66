/**
 * Writes Berkeley DB files: a B-tree of version 9, as Berkeley DB 4.1 to 5.3
 * reads it. The layout is told in `storage/bdb/layout.ts`.
 *
 * The tree is built from its leaves up. Page 0 is the metadata; page 1 is the
 * root, whatever else there is, because libdb wants it there.
 *
 * @module
 */

import {
  BTMETA_ROOT,
  DB_BTREEMAGIC,
  LEAFLEVEL,
  META_LAST_PGNO,
  META_MAGIC,
  META_PAGESIZE,
  META_VERSION,
  P_BTREEMETA,
  P_IBTREE,
  P_LBTREE,
} from "../../storage/bdb/layout.ts";
import type { SortedRecord } from "../sort/record.ts";
import { BdbFile } from "./bdb_file.ts";
import {
  BdbPage,
  internalSize,
  leafSize,
  LONGEST_ITEM,
  PAGE_SIZE,
  writePageHeader,
} from "./bdb_page.ts";
import type { Writer } from "./writer.ts";

const VERSION = 9;

/** The number of the root page. */
const ROOT = 1;

/** Offset of a file's unique number, and its length in bytes. */
const META_UID = 52, UID_LENGTH = 20;
/** Offset of the least number of keys on a page. */
const BTMETA_MINKEY = 76;
/** Offset of what records of a fixed length are filled up with. */
const BTMETA_RE_PAD = 84;

const NO_KEY = new Uint8Array(0);

/** A level of the tree: the page that is being filled. */
interface Level {
  readonly page: BdbPage;
  /** The least key that the page can have; what stands above it. */
  least: Uint8Array;
}

/** Writes one file. */
export class BdbWriter implements Writer {
  readonly #file: BdbFile;
  readonly #leaf: Level = {
    page: new BdbPage(P_LBTREE, LEAFLEVEL),
    least: NO_KEY,
  };
  /** The number of the leaf; 0 as long as it may be the root. */
  #leafNumber = 0;
  #lastLeaf = 0;
  /** The internal pages that are being filled, those above the leaves first. */
  readonly #levels: Level[] = [];
  /** The key that was added last. */
  #lastKey = new Uint8Array(256);
  #lastKeyLength = 0;

  /** Begins a file. */
  constructor(path: string) {
    this.#file = new BdbFile(path, ROOT + 1);
  }

  begin(): void {}

  add({ bytes, keyStart, valueStart, end }: SortedRecord): void {
    const size = leafSize(valueStart - keyStart) + leafSize(end - valueStart);
    if (size > this.#leaf.page.room) {
      this.#nextLeaf(this.#separator(bytes, keyStart, valueStart));
    }
    this.#addItem(bytes, keyStart, valueStart);
    this.#addItem(bytes, valueStart, end);
    this.#keepKey(bytes, keyStart, valueStart);
  }

  finish(): void {
    let top = this.#leaf;
    for (let level = 0; level < this.#levels.length; level++) {
      if (level === 0) this.#writeLeaf(0);
      else this.#writeInternal(top, level);
      top = this.#levels[level];
    }
    this.#file.write(ROOT, top.page.complete(ROOT, 0, 0));
    this.#file.write(0, this.#meta());
    this.#file.finish();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #addItem(bytes: Uint8Array, start: number, end: number): void {
    const { page } = this.#leaf;
    if (end - start <= LONGEST_ITEM) return page.addData(bytes, start, end);
    const pgno = this.#file.writeOverflow(bytes, start, end);
    page.addOverflow(pgno, end - start);
  }

  /** The leaf is full; a new one begins. */
  #nextLeaf(least: Uint8Array): void {
    if (this.#leafNumber === 0) this.#leafNumber = this.#file.allocate();
    const next = this.#file.allocate();
    this.#writeLeaf(next);
    this.#leafNumber = next;
    this.#leaf.least = least;
  }

  #writeLeaf(next: number): void {
    const pgno = this.#leafNumber;
    const { page, least } = this.#leaf;
    this.#file.write(pgno, page.complete(pgno, this.#lastLeaf, next));
    this.#lastLeaf = pgno;
    this.#enter(0, pgno, least);
  }

  #writeInternal({ page, least }: Level, levelAbove: number): void {
    const pgno = this.#file.allocate();
    this.#file.write(pgno, page.complete(pgno, 0, 0));
    this.#enter(levelAbove, pgno, least);
  }

  /** Enters a page into the level of internal pages above it. */
  #enter(index: number, pgno: number, least: Uint8Array): void {
    const level = this.#levels[index] ??= {
      page: new BdbPage(P_IBTREE, LEAFLEVEL + 1 + index),
      least,
    };
    const { page } = level;
    if (internalSize(least.length) > page.room) {
      this.#writeInternal(level, index + 1);
      level.least = least;
    }
    // The first key of an internal page counts as less than any.
    const key = page.entries === 0 ? NO_KEY : least;
    if (key.length <= LONGEST_ITEM) return page.addChild(pgno, key);
    const overflow = this.#file.writeOverflow(key, 0, key.length);
    page.addChildWithOverflow(pgno, overflow, key.length);
  }

  /** As much of a key as tells it from the one before. */
  #separator(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const last = this.#lastKey;
    let same = 0;
    while (same < this.#lastKeyLength && bytes[start + same] === last[same]) {
      same++;
    }
    return bytes.slice(start, Math.min(end, start + same + 1));
  }

  #keepKey(bytes: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (this.#lastKey.length < length) {
      this.#lastKey = new Uint8Array(2 * length);
    }
    for (let i = 0; i < length; i++) this.#lastKey[i] = bytes[start + i];
    this.#lastKeyLength = length;
  }

  #meta(): Uint8Array {
    const page = new Uint8Array(PAGE_SIZE);
    const view = new DataView(page.buffer);
    writePageHeader(view, 0, P_BTREEMETA, 0);
    view.setUint32(META_MAGIC, DB_BTREEMAGIC, true);
    view.setUint32(META_VERSION, VERSION, true);
    view.setUint32(META_PAGESIZE, PAGE_SIZE, true);
    view.setUint32(META_LAST_PGNO, this.#file.last, true);
    crypto.getRandomValues(page.subarray(META_UID, META_UID + UID_LENGTH));
    view.setUint32(BTMETA_MINKEY, 2, true);
    view.setUint32(BTMETA_RE_PAD, 0x20, true);
    view.setUint32(BTMETA_ROOT, ROOT, true);
    return page;
  }
}
