/**
 * Makes sure that the keys of a bucket are in the order of their bytes. Bolt knows
 * no other, but a damaged file may.
 *
 * @module
 */

import { disorderError } from "../disorder.ts";
import { MAX_DEPTH } from "./layout.ts";
import type { Tree } from "./tree.ts";
import type { BucketRecord } from "./walk.ts";

/** So many pages below each branch are looked at, if not all. */
const SAMPLE = 3;

/**
 * Goes through the keys, those of a branch where the page that each leads to
 * begins: none may be less than the one before it.
 *
 * @param all on all pages; or else on some.
 * @throws {DataFileError} if one is.
 */
export function checkOrder(
  tree: Tree,
  bucket: BucketRecord,
  all: boolean,
): void {
  const { file } = tree;
  // Where the last key is in the file.
  let start = 0, end = 0;
  const next = (key: number, keyEnd: number) => {
    if (start > 0 && isGreater(file, start, end, key, keyEnd)) {
      throw disorderError(
        tree.path,
        tree.where,
        { bytes: file, start, end },
        { bytes: file, start: key, end: keyEnd },
      );
    }
    start = key;
    end = keyEnd;
  };
  const visit = (depth: number) => {
    if (depth > MAX_DEPTH) throw tree.damaged(`${tree.where} is too deep`);
    const { isLeaf, count, base } = tree;
    const page = base + tree.page, pageEnd = base + tree.pageEnd;
    const step = all ? 1 : Math.max(1, Math.floor((count - 1) / SAMPLE));
    for (let index = 0; index < count; index++) {
      if (isLeaf) tree.readLeaf(index);
      else tree.readBranch(index);
      next(tree.base + tree.keyStart, tree.base + tree.valueStart);
      if (isLeaf || index % step !== 0) continue;
      tree.enter(tree.childOf(index));
      visit(depth + 1);
      tree.enterAt(page, pageEnd);
    }
  };
  tree.enterBucket(bucket.start, bucket.end);
  visit(0);
}

function isGreater(
  file: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  const size = Math.min(end - start, otherEnd - otherStart);
  for (let i = 0; i < size; i++) {
    const order = file[start + i] - file[otherStart + i];
    if (order !== 0) return order > 0;
  }
  return end - start > otherEnd - otherStart;
}
