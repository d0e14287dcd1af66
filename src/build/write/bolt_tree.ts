/**
 * Writes the tree of a BoltDB bucket from its leaves up: records come in order,
 * so each page is written once, full, one behind the other.
 *
 * @module
 */

import {
  BRANCH_PAGE_FLAG,
  LEAF_PAGE_FLAG,
} from "../../storage/boltdb/layout.ts";
import { BoltPage } from "./bolt_page.ts";
import type { OutputFile } from "./output_file.ts";

/** A branch with fewer children would not make the level above it smaller. */
const LEAST_CHILDREN = 2;

/** The tree of one bucket. */
export class BoltTree {
  readonly #file: OutputFile;
  readonly #leaf = new BoltPage(LEAF_PAGE_FLAG);
  /** The branches that are being filled, those above the leaves first. */
  readonly #branches: BoltPage[] = [];

  /** Begins an empty tree at the end of the file. */
  constructor(file: OutputFile) {
    this.#file = file;
  }

  /** Adds an element to a leaf; see {@linkcode BoltPage.add}. */
  add(
    flags: number,
    bytes: Uint8Array,
    start: number,
    valueStart: number,
    end: number,
  ): void {
    if (this.#leaf.count > 0 && !this.#leaf.fits(end - start)) {
      this.#flush(this.#leaf, 0);
    }
    this.#leaf.add(flags, bytes, start, valueStart, end);
  }

  /** Writes what is left. @returns the number of the root page. */
  finish(): number {
    let top = this.#leaf;
    // A level that is written here may put one more above it.
    for (let level = 0; level < this.#branches.length; level++) {
      this.#flush(top, level);
      top = this.#branches[level];
    }
    return top.write(this.#file);
  }

  /** Writes a page, and enters it into the level of branches above it. */
  #flush(page: BoltPage, level: number): void {
    const key = page.firstKey;
    const number = page.write(this.#file);
    const branch = this.#branches[level] ??= new BoltPage(BRANCH_PAGE_FLAG);
    if (branch.count >= LEAST_CHILDREN && !branch.fits(key.length)) {
      this.#flush(branch, level + 1);
    }
    branch.add(number, key, 0, key.length, key.length);
  }
}
