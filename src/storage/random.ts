/**
 * Choosing at random what cannot be counted without reading all of it.
 *
 * @module
 */

/** So many times something is tried that does not always succeed. */
export const TRIES = 64;

/** A whole number from 0 up to `limit`, which is not reached. */
export function randomBelow(limit: number): number {
  return Math.floor(Math.random() * limit);
}

/**
 * Random walks from the root of a tree to a leaf.
 *
 * A walk that takes each child with the same chance prefers what has few
 * siblings. So it counts only with a chance as high as its pages are full,
 * compared with the fullest of their level so far: then each item is as likely as
 * another.
 */
export class RandomWalks {
  /** The most items of a page, by its level; the root has none beside it. */
  readonly #most: number[] = [];

  /**
   * Walks until a walk counts, or has been tried often.
   *
   * @param walk goes from the root to a leaf, and asks on each page which of so
   * many items to take; `undefined` if it ends where there is nothing.
   */
  find<T>(walk: (choose: (items: number) => number) => T | undefined):
    | T
    | undefined {
    const most = this.#most;
    let last: T | undefined;
    for (let n = 0; n < TRIES; n++) {
      let level = 0, chance = 1;
      const found = walk((items) => {
        if (level > 0) {
          most[level] = Math.max(most[level] ?? 0, items);
          chance *= items / most[level];
        }
        level++;
        return randomBelow(items);
      });
      if (found === undefined) continue;
      if (Math.random() < chance) return found;
      last = found;
    }
    return last;
  }
}
