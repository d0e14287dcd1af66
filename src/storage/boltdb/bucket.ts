/**
 * Finds a bucket by its name: `a`, and `a/b` for a bucket within another.
 *
 * @module
 */

import { MAX_DEPTH, SLASH } from "./layout.ts";
import type { Tree } from "./tree.ts";

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
