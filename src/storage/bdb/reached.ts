/**
 * What the checker has seen of a file.
 *
 * @module
 */

import type { Fault } from "../storage.ts";
import { ENTRIES, P_HASH, P_HASH_UNSORTED, P_INVALID } from "./layout.ts";
import type { Overflow } from "./overflow.ts";
import { DamagedPage } from "./page.ts";
import type { Pages } from "./pages.ts";

/** The pages that the checker has come to: each should be reached once. */
export class Reached {
  readonly #pages: Pages;
  readonly #reached: Uint8Array;
  /** How often chains were reached that several items share. */
  readonly #shared: Map<number, number> = new Map();

  /** Nothing is reached yet. */
  constructor(pages: Pages) {
    this.#pages = pages;
    this.#reached = new Uint8Array(pages.format.count);
  }

  /** Notes a page. */
  add(pgno: number): void {
    if (this.#reached[pgno] !== 0) {
      throw this.#pages.damaged(pgno, "is in use in two places");
    }
    this.#reached[pgno] = 1;
  }

  /**
   * Notes the pages of a long item, and checks them. Before version 4.3, the
   * internal pages of a B-tree shared the long keys of leaves; the number of
   * references is on the first page, where others have that of items.
   */
  addChain(
    overflow: Overflow,
    first: number,
    tlen: number,
    from: number,
  ): void {
    const page = this.#pages.newPage();
    this.#pages.load(page, first, from);
    const references = page.u16(ENTRIES);
    if (references > 1) {
      const before = this.#shared.get(first) ?? 0;
      if (before < references) this.#shared.set(first, before + 1);
      if (before > 0 && before < references) return;
    }
    overflow.follow(first, tlen, from, ({ pgno }) => this.add(pgno));
  }

  /**
   * The pages that are in use and were not reached. Those that a hash keeps for
   * buckets to come are unwritten, or empty.
   */
  *missed(): Iterable<Fault> {
    const page = this.#pages.newPage();
    for (let pgno = 1; pgno < this.#reached.length; pgno++) {
      if (this.#reached[pgno] !== 0) continue;
      this.#pages.seek(page, pgno, 0);
      const { type } = page;
      const isHash = type === P_HASH || type === P_HASH_UNSORTED;
      if (type === P_INVALID || isHash && page.u16(ENTRIES) === 0) continue;
      yield page.damaged("is neither free nor in use").fault;
    }
  }
}

/** Does a part of the check. What stops it is a fault, and the rest goes on. */
export function* guarded(part: Iterable<Fault>): Iterable<Fault> {
  try {
    yield* part;
  } catch (error) {
    if (!(error instanceof DamagedPage)) throw error;
    yield error.fault;
  }
}
