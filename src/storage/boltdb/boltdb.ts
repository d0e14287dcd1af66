/**
 * The BoltDB storage: one bucket, or all of them as namespaces, read in place.
 *
 * @module
 */

import { RandomWalks, TRIES } from "../random.ts";
import {
  type Cost,
  type Description,
  type Entry,
  type Fault,
  type NamespacedSnapshot,
  type Note,
  type OpenOptions,
  type Snapshot,
  TREE_COST,
  type Value,
} from "../storage.ts";
import { findBucket } from "./bucket.ts";
import { buckets, hiddenBuckets, mustFindBucket } from "./buckets.ts";
import { check } from "./check.ts";
import { checkOrder } from "./key_order.ts";
import { BUCKET_HEADER_SIZE } from "./layout.ts";
import { type Meta, readMeta } from "./meta.ts";
import { randomBucket, randomRecord } from "./random.ts";
import { Tree } from "./tree.ts";
import { type BucketRecord, elements, records } from "./walk.ts";

/** So many buckets are looked at to tell their order, if not all. */
const SAMPLE = 16;

/** The bucket that is served when none is named, as in the Go original. */
const STANDARD_BUCKET = "default";

/**
 * Opens a file that boltdb/bolt or bbolt has written. `options.bucket` names the
 * bucket; with namespaces, the bucket whose buckets they are.
 *
 * @throws {DataFileError} if it is not such a file, is damaged, or lacks the
 * bucket.
 */
export function openBolt(
  bytes: Uint8Array,
  path: string,
  options: OpenOptions,
): Snapshot {
  const meta = readMeta(bytes, path);
  const tree = new Tree(bytes, path, meta);
  let bucket: BucketRecord = {
    start: meta.rootBucket,
    end: meta.rootBucket + BUCKET_HEADER_SIZE,
  };
  if (options.bucket !== undefined || !options.namespaced) {
    const name = options.bucket ?? STANDARD_BUCKET;
    bucket = mustFindBucket(tree, bucket, name);
  }
  return options.namespaced
    ? new NamespacedBoltSnapshot(tree, meta, bucket)
    : new BoltSnapshot(tree, meta, bucket);
}

/** One bucket. */
class BoltSnapshot implements Snapshot {
  readonly cost: Cost = TREE_COST;
  readonly #walks = new RandomWalks();
  readonly #tree: Tree;
  readonly #meta: Meta;
  readonly #bucket: BucketRecord;
  readonly #rootPage: number;
  readonly #rootEnd: number;

  constructor(tree: Tree, meta: Meta, bucket: BucketRecord) {
    this.#tree = tree;
    this.#meta = meta;
    this.#bucket = bucket;
    tree.enterBucket(bucket.start, bucket.end);
    this.#rootPage = tree.base + tree.page;
    this.#rootEnd = tree.base + tree.pageEnd;
  }

  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const tree = this.#tree;
    tree.enterAt(this.#rootPage, this.#rootEnd);
    return findValue(tree, bytes, start, end, value);
  }

  entries(): Iterable<Entry> {
    return records(this.#tree, this.#bucket);
  }

  randomKey(): Uint8Array | undefined {
    const { file } = this.#tree;
    const found = randomRecord(this.#tree, this.#bucket, this.#walks);
    if (found !== undefined) {
      return file.subarray(found.keyStart, found.valueStart);
    }
    for (const { key } of this.entries()) return key;
    return undefined;
  }

  count(): number {
    return countRecords(this.#tree, this.#bucket);
  }

  checkOrder(all: boolean): void {
    checkOrder(this.#tree, this.#bucket, all);
  }

  describe(): Description {
    return describe(this.#meta);
  }

  check(note?: Note): Iterable<Fault> {
    return check(this.#tree, this.#meta, note);
  }
}

/** All buckets within one, or within the file. */
class NamespacedBoltSnapshot implements NamespacedSnapshot {
  readonly cost: Cost = TREE_COST;
  readonly #walks = new RandomWalks();
  readonly #tree: Tree;
  readonly #meta: Meta;
  readonly #parent: BucketRecord;

  constructor(tree: Tree, meta: Meta, parent: BucketRecord) {
    this.#tree = tree;
    this.#meta = meta;
    this.#parent = parent;
  }

  /** A key without a namespace is in none of them. */
  find(): boolean {
    return false;
  }

  findIn(
    bytes: Uint8Array,
    nsStart: number,
    nsEnd: number,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    const tree = this.#tree;
    const { start: from, end: to } = this.#parent;
    if (!findBucket(tree, from, to, bytes, nsStart, nsEnd)) return false;
    tree.enterBucket(tree.base + tree.valueStart, tree.base + tree.valueEnd);
    return findValue(tree, bytes, start, end, value);
  }

  *entries(): Iterable<Entry> {
    for (const bucket of buckets(this.#tree, this.#parent)) {
      yield* records(this.#tree, bucket, bucket.name);
    }
  }

  *namespaces(): Iterable<Uint8Array> {
    for (const { name } of buckets(this.#tree, this.#parent)) yield name;
  }

  *entriesIn(name: Uint8Array): Iterable<Entry> {
    const tree = this.#tree;
    const { start, end } = this.#parent;
    if (!findBucket(tree, start, end, name, 0, name.length)) return;
    const bucket = {
      start: tree.base + tree.valueStart,
      end: tree.base + tree.valueEnd,
    };
    yield* records(tree, bucket, name);
  }

  randomNamespace(): Uint8Array | undefined {
    for (let n = 0; n < TRIES; n++) {
      const name = randomBucket(this.#tree, this.#parent, this.#walks);
      if (name !== undefined) return name;
    }
    for (const { namespace } of this.entries()) return namespace;
    return undefined;
  }

  count(): number {
    let count = 0;
    for (const bucket of buckets(this.#tree, this.#parent)) {
      count += countRecords(this.#tree, bucket);
    }
    return count;
  }

  checkOrder(all: boolean): void {
    checkOrder(this.#tree, this.#parent, all);
    let left = all ? Infinity : SAMPLE;
    for (const bucket of buckets(this.#tree, this.#parent)) {
      if (left-- === 0) return;
      checkOrder(this.#tree, bucket, all);
    }
  }

  describe(): Description {
    return describe(this.#meta);
  }

  check(note?: Note): Iterable<Fault> {
    const faults = check(this.#tree, this.#meta, note);
    if (faults.length > 0 || note === undefined) return faults;
    for (const { name } of hiddenBuckets(this.#tree, this.#parent)) {
      note({
        place: `bucket ${JSON.stringify(new TextDecoder().decode(name))}`,
        problem:
          "is within another, and there is one with that path in its name: it is not served",
      });
    }
    return faults;
  }
}

/** Finds a key below the page that the tree is at; a bucket is not a value. */
function findValue(
  tree: Tree,
  bytes: Uint8Array,
  start: number,
  end: number,
  value: Value,
): boolean {
  if (!tree.find(bytes, start, end) || tree.isBucket) return false;
  value.bytes = tree.bytes;
  value.start = tree.valueStart;
  value.end = tree.valueEnd;
  value.flags = 0;
  return true;
}

function describe({ pageSize, highWater, txid }: Meta): Description {
  return { "page size": pageSize, pages: highWater, transaction: txid };
}

function countRecords(tree: Tree, bucket: BucketRecord): number {
  let count = 0;
  for (const { isBucket } of elements(tree, bucket)) if (!isBucket) count++;
  return count;
}
