/**
 * Finds a key within one page.
 *
 * Offsets are less than 2^31, and `| 0` says so: whole numbers are counted much
 * faster than others.
 *
 * @module
 */

import { ELEMENT_SIZE, PAGE_HEADER_SIZE } from "./layout.ts";
import type { Tree } from "./tree.ts";

/**
 * Searches the page that the tree is at for the key `key[start, end)`.
 *
 * The tree's `lowCommon` and `highCommon` say how much the wanted key has in
 * common with the keys around the page, and afterwards with those around the
 * place that was found.
 *
 * @returns the index of its element, or `~index` of the first greater one.
 * @throws {DataFileError} if an element that is looked at is damaged.
 */
export function search(
  tree: Tree,
  leaf: boolean,
  key: Uint8Array,
  start: number,
  end: number,
): number {
  const { bytes, words, page, pageEnd } = tree;
  const elements = (page + PAGE_HEADER_SIZE) | 0;
  const position = leaf ? 4 : 0;
  const length = end - start;
  let low = 0, high = tree.count;
  // The keys between two that begin like the wanted one begin so, too.
  let { lowCommon, highCommon } = tree;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const element = (elements + middle * ELEMENT_SIZE) | 0;
    const field = (element + position | 0) >> 2;
    const offset = words[field];
    const size = words[field + 1];
    const at = element + offset;
    if ((offset | size) < 0 || at + size > pageEnd) throw tree.outside(middle);
    const common = size < length ? size : length;
    let i = lowCommon < highCommon ? lowCommon : highCommon;
    let order = 0;
    while (i < common && (order = bytes[at + i] - key[start + i]) === 0) i++;
    if (order === 0) order = size - length;
    if (order === 0) {
      // On a damaged page what was left out may differ all the same.
      for (let n = 0; n < length; n++) {
        if (bytes[at + n] !== key[start + n]) {
          throw tree.damaged(`${tree.where} has keys out of order`);
        }
      }
      tree.lowCommon = tree.highCommon = 0;
      return middle;
    }
    if (order < 0) {
      low = middle + 1;
      lowCommon = i;
    } else {
      high = middle;
      highCommon = i;
    }
  }
  tree.lowCommon = lowCommon;
  tree.highCommon = highCommon;
  return ~low;
}
