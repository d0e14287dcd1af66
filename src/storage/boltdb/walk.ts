/**
 * Every element of a bucket, in the order of the keys.
 *
 * @module
 */

import type { Entry } from "../storage.ts";
import { MAX_DEPTH } from "./layout.ts";
import type { Tree } from "./tree.ts";

/** A bucket's record: where it begins and where it ends in the file. */
export interface BucketRecord {
  /** Its offset. */
  readonly start: number;
  /** The offset behind it. */
  readonly end: number;
}

/** One element of a leaf page, as offsets in the file. */
export interface Element {
  /** Where the key begins. */
  readonly keyStart: number;
  /** Where the value begins: behind the key. */
  readonly valueStart: number;
  /** Where the value ends. */
  readonly valueEnd: number;
  /** Whether the value is a bucket record. */
  readonly isBucket: boolean;
}

/**
 * A page on the way from the root to a leaf, as offsets in the file, and the
 * element to visit next.
 */
interface Step {
  readonly page: number;
  readonly pageEnd: number;
  next: number;
}

/**
 * Walks over the elements of the bucket.
 *
 * @throws {DataFileError} if the tree is damaged; one that leads back to itself
 * has more pages than the file.
 */
export function* elements(
  tree: Tree,
  bucket: BucketRecord,
): Iterable<Element> {
  tree.enterBucket(bucket.start, bucket.end);
  const steps: Step[] = [stepAt(tree)];
  let pages = 1;
  while (steps.length > 0) {
    const step = steps[steps.length - 1];
    tree.enterAt(step.page, step.pageEnd);
    if (step.next >= tree.count) {
      steps.pop();
      continue;
    }
    const index = step.next++;
    if (tree.isLeaf) {
      yield elementAt(tree, index);
      continue;
    }
    tree.enter(tree.childOf(index));
    steps.push(stepAt(tree));
    if (steps.length > MAX_DEPTH || ++pages > tree.highWater) {
      throw tree.damaged(`${tree.where} is reached more than once`);
    }
  }
}

/** An element of the leaf that the tree is at. */
export function elementAt(tree: Tree, index: number): Element {
  tree.readLeaf(index);
  const { base, keyStart, valueStart, valueEnd, isBucket } = tree;
  return {
    keyStart: base + keyStart,
    valueStart: base + valueStart,
    valueEnd: base + valueEnd,
    isBucket,
  };
}

function stepAt({ base, page, pageEnd }: Tree): Step {
  return { page: base + page, pageEnd: base + pageEnd, next: 0 };
}

/** The records of a bucket; the buckets within it are left out. */
export function* records(
  tree: Tree,
  bucket: BucketRecord,
  namespace?: Uint8Array,
): Iterable<Entry> {
  for (const element of elements(tree, bucket)) {
    if (element.isBucket) continue;
    const { keyStart, valueStart, valueEnd } = element;
    const key = tree.file.subarray(keyStart, valueStart);
    const value = tree.file.subarray(valueStart, valueEnd);
    yield namespace === undefined ? { key, value } : { namespace, key, value };
  }
}
