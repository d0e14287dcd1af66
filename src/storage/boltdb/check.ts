/**
 * Checks a whole file: every page below the high-water mark belongs to one tree,
 * to the freelist, or is a meta page; keys are in order and below the right
 * branch.
 *
 * @module
 */

import { DataFileError, type Fault, type Note } from "../storage.ts";
import {
  BUCKET_HEADER_SIZE,
  COUNT_IN_FIRST_ID,
  FREELIST_PAGE_FLAG,
  MAX_DEPTH,
  PAGE_HEADER_SIZE,
  u16,
  u64,
} from "./layout.ts";
import type { Meta } from "./meta.ts";
import type { Tree } from "./tree.ts";

/** Goes over one file. */
class Checker {
  readonly faults: Fault[] = [];
  readonly #tree: Tree;
  /** By page id: whether it has been accounted for. */
  readonly #seen: Uint8Array;

  constructor(tree: Tree) {
    this.#tree = tree;
    this.#seen = new Uint8Array(tree.highWater);
  }

  /** Notes that pages belong to something. */
  claim(id: number, count: number, what: string): void {
    for (let page = id; page < id + count; page++) {
      if (this.#seen[page] !== 0) {
        this.#fault(
          `page ${page}`,
          `belongs to ${what}, and to something else`,
        );
      }
      this.#seen[page] = 1;
    }
  }

  /** Pages that belong to nothing. */
  unclaimed(): void {
    for (let id = 0; id < this.#seen.length; id++) {
      if (this.#seen[id] === 0) {
        this.#fault(`page ${id}`, "is neither in a tree nor free");
      }
    }
  }

  /** The tree of the bucket whose record is in `[start, end)`. */
  bucket(start: number, end: number, depth: number): void {
    const isInline = end - start >= BUCKET_HEADER_SIZE &&
      u64(this.#tree.file, start) === 0;
    if (depth > MAX_DEPTH) {
      this.#fault(`byte ${start}`, "buckets within buckets without end");
      return;
    }
    this.#guard(() => {
      this.#tree.enterBucket(start, end);
      this.#page(undefined, undefined, depth, 0, isInline);
    });
  }

  freelist(id: number): void {
    this.#guard(() => {
      const tree = this.#tree;
      tree.enter(id);
      const { bytes, page, pageEnd, pageSize } = tree;
      this.claim(id, (pageEnd - page) / pageSize, "the freelist");
      const flags = u16(bytes, page + 8);
      if (flags !== FREELIST_PAGE_FLAG) {
        throw tree.damaged(`page ${id} is not a freelist (flags ${flags})`);
      }
      let count = u16(bytes, page + 10);
      let at = page + PAGE_HEADER_SIZE;
      if (count === COUNT_IN_FIRST_ID) {
        count = u64(bytes, at);
        at += 8;
      }
      if (at + count * 8 > pageEnd) {
        throw tree.damaged(`page ${id} has no room for ${count} free page ids`);
      }
      for (let n = 0; n < count; n++, at += 8) {
        const free = u64(bytes, at);
        if (free < 2 || free >= tree.highWater) {
          this.#fault(`page ${id}`, `says that page ${free} is free`);
        } else this.claim(free, 1, "the freelist");
      }
    });
  }

  /**
   * The page that the tree is at, and what is below it; its keys are at least
   * `least` and less than `limit`.
   */
  #page(
    least: Uint8Array | undefined,
    limit: Uint8Array | undefined,
    bucketDepth: number,
    depth: number,
    isInline = false,
  ): void {
    const tree = this.#tree;
    const { base, pageSize, where } = tree;
    const page = base + tree.page, pageEnd = base + tree.pageEnd;
    if (depth > MAX_DEPTH) throw tree.damaged(`${where} is too deep`);
    // An inline bucket may begin where a page would, behind a long value.
    if (!isInline) {
      const id = page / pageSize;
      const again = this.#seen[id] !== 0;
      this.claim(id, (pageEnd - page) / pageSize, "a tree");
      if (again) return; // what is below it has been checked
    }
    const leaf = tree.isLeaf;
    const count = tree.count;
    const keys: Uint8Array[] = [];
    const below: (() => void)[] = [];
    for (let index = 0; index < count; index++) {
      if (leaf) tree.readLeaf(index);
      else tree.readBranch(index);
      const key = tree.file.subarray(
        base + tree.keyStart,
        base + tree.valueStart,
      );
      const previous = keys[index - 1] ?? least;
      const order = previous === undefined ? -1 : compare(previous, key);
      if (order > 0 || order === 0 && index > 0) {
        this.#fault(`${where}, element ${index}`, "its key is out of order");
      }
      if (limit !== undefined && compare(key, limit) >= 0) {
        this.#fault(`${where}, element ${index}`, "its key belongs elsewhere");
      }
      keys.push(key);
      if (leaf && tree.isBucket) {
        const valueStart = base + tree.valueStart;
        const valueEnd = base + tree.valueEnd;
        below.push(() => this.bucket(valueStart, valueEnd, bucketDepth + 1));
      } else if (!leaf) {
        const child = tree.childOf(index);
        below.push(() =>
          this.#guard(() => {
            tree.enterAt(page, pageEnd);
            tree.enter(child);
            const from = index === 0 ? least : keys[index];
            this.#page(from, keys[index + 1] ?? limit, bucketDepth, depth + 1);
          })
        );
      }
    }
    if (!leaf && count === 0) this.#fault(where, "is an empty branch");
    for (const check of below) check();
  }

  /** What a damaged page throws is a fault; the rest is still checked. */
  #guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      this.#fault("tree", error.problem);
    }
  }

  #fault(place: string, problem: string): void {
    this.faults.push({ place, problem });
  }
}

/** Everything that is wrong with the file. */
export function check(
  tree: Tree,
  meta: Meta,
  note: Note = () => {},
): Fault[] {
  const checker = new Checker(tree);
  if (meta.other?.isUnfinished) note(meta.other);
  else if (meta.other !== undefined) checker.faults.push(meta.other);
  checker.claim(0, 2, "the meta pages");
  checker.bucket(meta.rootBucket, meta.rootBucket + 16, 0);
  if (meta.freelist === undefined) return checker.faults;
  checker.freelist(meta.freelist);
  checker.unclaimed();
  return checker.faults;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return a.length - b.length;
}
