/**
 * A database of a Berkeley DB file, as an immutable data set.
 *
 * @module
 */

import {
  type Cost,
  type Description,
  type Entry,
  type Fault,
  type NamespacedSnapshot,
  type Note,
  type Snapshot,
  TREE_COST,
  USUAL_COST,
  type Value,
} from "../storage.ts";
import { Btree } from "./btree.ts";
import { checkFile } from "./check.ts";
import { Hash } from "./hash.ts";
import { checkOrder } from "./key_order.ts";
import { META_VERSION } from "./layout.ts";
import type { BtreeMeta, HashMeta } from "./meta.ts";
import type { Pages } from "./pages.ts";

/** A B-tree or a hash. */
export class BdbSnapshot implements Snapshot {
  /** Which of the two it is; the file tells. */
  readonly kind: "btree" | "hash";
  /** What reading costs. */
  readonly cost: Cost;
  readonly #pages: Pages;
  readonly #meta: BtreeMeta | HashMeta;
  readonly #records: Btree | Hash;

  /** Reads the database of these metadata. */
  constructor(pages: Pages, meta: BtreeMeta | HashMeta) {
    this.kind = meta.kind;
    this.cost = meta.kind === "btree" ? TREE_COST : USUAL_COST;
    this.#pages = pages;
    this.#meta = meta;
    this.#records = meta.kind === "btree"
      ? new Btree(pages, meta)
      : new Hash(pages, meta);
  }

  /** Finds the first data of a key; see {@linkcode Snapshot.find}. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    return this.#records.find(bytes, start, end, value);
  }

  /** Each key with its first data: in order, or bucket by bucket. */
  entries(): Iterable<Entry> {
    return this.#records.entries();
  }

  /** A random key; see {@linkcode Snapshot.randomKey}. */
  randomKey(): Uint8Array | undefined {
    const key = this.#records.randomKey();
    if (key !== undefined) return key;
    for (const { key } of this.entries()) return key;
    return undefined;
  }

  /** Each key with all its data, where it can have several. */
  allEntries(): Iterable<Entry> | undefined {
    return this.#meta.duplicates ? this.#records.allEntries() : undefined;
  }

  /** How many keys there are; reads all pages that have some. */
  count(): number {
    return this.#records.count();
  }

  /** Refuses a B-tree whose keys are in an order of their own. */
  checkOrder(all: boolean): void {
    if (this.#meta.kind === "btree") checkOrder(this.#pages, this.#meta, all);
  }

  /** The kind of the database, and of the file. */
  describe(): Description {
    const { size, count, little, checksummed } = this.#pages.format;
    const page = this.#pages.newPage();
    this.#pages.loadMeta(page, this.#meta.pgno);
    return {
      kind: this.kind,
      version: page.u32(META_VERSION),
      "page size": size,
      pages: count,
      "byte order": little ? "little-endian" : "big-endian",
      checksums: checksummed ? "yes" : "no",
    };
  }

  /** Checks the whole file, with all databases that are in it. */
  check(note?: Note): Iterable<Fault> {
    return checkFile(this.#pages, note);
  }
}

/**
 * A database whose keys begin with the name of their namespace: it is put
 * directly before the key, with nothing between them.
 */
export class NamespacedBdbSnapshot extends BdbSnapshot
  implements NamespacedSnapshot {
  #joined = new Uint8Array(256);

  /** Finds a key of a namespace; see {@linkcode NamespacedSnapshot.findIn}. */
  findIn(
    bytes: Uint8Array,
    nsStart: number,
    nsEnd: number,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    const length = nsEnd - nsStart + end - start;
    if (length > this.#joined.length) this.#joined = new Uint8Array(2 * length);
    const joined = this.#joined;
    let at = 0;
    while (nsStart < nsEnd) joined[at++] = bytes[nsStart++];
    while (start < end) joined[at++] = bytes[start++];
    return this.find(joined, 0, length, value);
  }
}
