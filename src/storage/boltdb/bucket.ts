/**
 * Finds buckets by name: `a`, and `a/b` for a bucket within another.
 *
 * @module
 */

import { MAX_DEPTH } from "./layout.ts";
import type { Tree } from "./tree.ts";
import { type BucketRecord, buckets } from "./walk.ts";

const SLASH = 0x2f;

/** A message lists no more names than these. */
const NAMES_TOLD = 20;

/**
 * Finds the bucket `name[start, end)` within the bucket record
 * `[recordStart, recordEnd)`; afterwards its own record is in the tree's
 * `[valueStart, valueEnd)`, from its `base`. A bucket whose name has a slash in it comes before
 * one within another.
 */
export function findBucket(
  tree: Tree,
  recordStart: number,
  recordEnd: number,
  name: Uint8Array,
  start: number,
  end: number,
  depth = 0,
): boolean {
  tree.enterBucket(recordStart, recordEnd);
  if (tree.find(name, start, end) && tree.isBucket) return true;
  if (depth === MAX_DEPTH) return false;
  for (let at = start; at < end; at++) {
    if (name[at] !== SLASH) continue;
    tree.enterBucket(recordStart, recordEnd);
    if (
      tree.find(name, start, at) && tree.isBucket &&
      findBucket(
        tree,
        tree.base + tree.valueStart,
        tree.base + tree.valueEnd,
        name,
        at + 1,
        end,
        depth + 1,
      )
    ) return true;
  }
  return false;
}

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
  const names: string[] = [];
  for (const bucket of buckets(tree, root)) {
    if (names.push(new TextDecoder().decode(bucket.name)) === NAMES_TOLD) {
      names.push("…");
      break;
    }
  }
  throw tree.failure(
    `there is no bucket "${name}"; ${
      names.length === 0
        ? "the file has none"
        : `with -bucket choose one of ${names.join(", ")}`
    }`,
  );
}
