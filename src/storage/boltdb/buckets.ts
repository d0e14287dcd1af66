/**
 * The buckets of a file, and the one of them that is asked for.
 *
 * @module
 */

import { listed } from "../listed.ts";
import { findBucket } from "./bucket.ts";
import { BUCKET_HEADER_SIZE, ELEMENT_SIZE, SLASH } from "./layout.ts";
import type { Tree } from "./tree.ts";
import { type BucketRecord, elements } from "./walk.ts";

/** A bucket, with its name as `a/b` where it is within another. */
export interface NamedBucket extends BucketRecord {
  /** The name. */
  readonly name: Uint8Array;
}

/**
 * The buckets within a bucket, and those within these, but for those whose path
 * leads to another: `b` within `a`, beside a bucket `a/b`.
 *
 * @throws {DataFileError} if there are more than the file has room for.
 */
export function* buckets(
  tree: Tree,
  parent: BucketRecord,
): Iterable<NamedBucket> {
  for (const bucket of allBuckets(tree, parent)) {
    if (!isHidden(tree, parent, bucket)) yield bucket;
  }
}

/** Those that {@linkcode buckets} leaves out. */
export function* hiddenBuckets(
  tree: Tree,
  parent: BucketRecord,
): Iterable<NamedBucket> {
  for (const bucket of allBuckets(tree, parent)) {
    if (isHidden(tree, parent, bucket)) yield bucket;
  }
}

function isHidden(
  tree: Tree,
  parent: BucketRecord,
  { name, start }: NamedBucket,
): boolean {
  return name.includes(SLASH) &&
    !(findBucket(tree, parent.start, parent.end, name, 0, name.length) &&
      tree.base + tree.valueStart === start);
}

function* allBuckets(
  tree: Tree,
  parent: BucketRecord,
  prefix: Uint8Array = new Uint8Array(0),
  budget: { left: number } = {
    left: tree.highWater * tree.pageSize / RECORD_SIZE,
  },
): Iterable<NamedBucket> {
  for (const element of elements(tree, parent)) {
    if (!element.isBucket) continue;
    if (--budget.left < 0 || prefix.length > LONGEST_NAME) {
      throw tree.damaged("buckets within buckets without end");
    }
    const { keyStart, valueStart: start, valueEnd: end } = element;
    const own = tree.file.subarray(keyStart, start);
    const name = new Uint8Array([...prefix, ...own]);
    yield { name, start, end };
    const path = new Uint8Array([...name, SLASH]);
    yield* allBuckets(tree, { start, end }, path, budget);
  }
}

/** The least that a bucket takes: its element, and its record. */
const RECORD_SIZE = ELEMENT_SIZE + BUCKET_HEADER_SIZE;

/** Names within names grow: far beyond what can be asked for there is no end. */
const LONGEST_NAME = 65_536;

/**
 * Finds the bucket that was asked for.
 *
 * @throws {DataFileError} that lists the buckets there are, if it is not there.
 */
export function mustFindBucket(
  tree: Tree,
  root: BucketRecord,
  name: string,
): BucketRecord {
  const bytes = new TextEncoder().encode(name);
  if (findBucket(tree, root.start, root.end, bytes, 0, bytes.length)) {
    const { base, valueStart, valueEnd } = tree;
    return { start: base + valueStart, end: base + valueEnd };
  }
  const names = Array.from(
    buckets(tree, root),
    (bucket) => new TextDecoder().decode(bucket.name),
  );
  throw tree.failure(
    names.length === 0
      ? `there is no bucket "${name}"; the file has none`
      : `there is no bucket "${name}"; with -bucket choose one of ${
        listed(names)
      }`,
  );
}
