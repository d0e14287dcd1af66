/**
 * Elements and buckets that are chosen at random.
 *
 * @module
 */

import { randomBelow, type RandomWalks } from "../random.ts";
import { MAX_DEPTH } from "./layout.ts";
import type { Tree } from "./tree.ts";
import { type BucketRecord, type Element, elementAt } from "./walk.ts";

const SLASH = 0x2f;

/**
 * A record of the bucket.
 *
 * @returns `undefined` if there is none, or hardly any among buckets.
 * @throws {DataFileError} if the tree is damaged.
 */
export function randomRecord(
  tree: Tree,
  bucket: BucketRecord,
  walks: RandomWalks,
): Element | undefined {
  return walks.find((choose) => {
    const element = randomElement(tree, bucket, choose);
    return element?.isBucket ? undefined : element;
  });
}

/**
 * The name of a bucket with records within another. Of one that has buckets in
 * it, too, it is the name of one of these as often as there are more of them
 * than records.
 *
 * @returns `undefined` if there is none, or hardly any.
 * @throws {DataFileError} if the tree is damaged.
 */
export function randomBucket(
  tree: Tree,
  parent: BucketRecord,
  walks: RandomWalks,
): Uint8Array | undefined {
  const name: number[] = [];
  let bucket = walks.find((choose) => {
    const element = randomElement(tree, parent, choose);
    return element?.isBucket ? element : undefined;
  });
  for (let depth = 0; depth < MAX_DEPTH && bucket !== undefined; depth++) {
    const { keyStart, valueStart: start, valueEnd: end }: Element = bucket;
    if (depth > 0) name.push(SLASH);
    name.push(...tree.file.subarray(keyStart, start));
    const within = randomElement(tree, { start, end }, randomBelow);
    if (within === undefined) return undefined;
    if (!within.isBucket) return Uint8Array.from(name);
    bucket = within;
  }
  return undefined;
}

/** An element of the bucket; `choose` tells which of so many to take. */
function randomElement(
  tree: Tree,
  bucket: BucketRecord,
  choose: (elements: number) => number,
): Element | undefined {
  tree.enterBucket(bucket.start, bucket.end);
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const { count } = tree;
    if (count === 0) return undefined;
    const index = choose(count);
    if (tree.isLeaf) return elementAt(tree, index);
    tree.enter(tree.childOf(index));
  }
  throw tree.damaged(`${tree.where} is more than ${MAX_DEPTH} levels deep`);
}
