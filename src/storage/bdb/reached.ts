/**
 * What the checker has seen of a file.
 *
 * @module
 */

import type { Fault } from "../storage.ts";
import { ENTRIES, P_HASH, P_HASH_UNSORTED, P_INVALID } from "./layout.ts";
import type { Overflow } from "./overflow.ts";
import { DamagedPage, type Page } from "./page.ts";
import type { Pages } from "./pages.ts";

/** The pages that the checker has come to: each should be reached once. */
export class Reached {
  readonly #pages: Pages;
  readonly #reached: Uint8Array;
  /** How often the first page of a long item was referred to. */
  readonly #references: Map<number, number> = new Map();

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

  /** Notes a page that nobody uses, unless it is noted. */
  addUnused(pgno: number): void {
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
    const before = this.#references.get(first) ?? 0;
    this.#references.set(first, before + 1);
    if (before > 0 && before < this.#referencesTold(first, from)) {
      // Its pages are noted; each reference says how long it is by itself.
      overflow.follow(first, tlen, from);
      return;
    }
    overflow.follow(first, tlen, from, (page) => {
      this.add(page.pgno);
      requireNoLevel(page);
      if (page.pgno !== first && page.u16(ENTRIES) !== 1) {
        throw page.damaged(`is in use ${page.u16(ENTRIES)} times, it says`);
      }
    });
  }

  #referencesTold(first: number, from: number): number {
    const page = this.#pages.newPage();
    this.#pages.load(page, first, from);
    return page.u16(ENTRIES);
  }

  /** Long items that are not referred to as often as they say. */
  *miscounted(): Iterable<Fault> {
    for (const [first, references] of this.#references) {
      const told = this.#referencesTold(first, first);
      if (told === references) continue;
      yield this.#pages.damaged(
        first,
        `says that it is in use ${told} times, and is ${references} times`,
      ).fault;
    }
  }

  /**
   * The pages that are in use and were not reached.
   *
   * @param hash whether the file is one hash: then it may keep pages for buckets
   * to come, which are unwritten or empty.
   */
  *missed(hash: boolean): Iterable<Fault> {
    const page = this.#pages.newPage();
    for (let pgno = 1; pgno < this.#reached.length; pgno++) {
      if (this.#reached[pgno] !== 0) continue;
      this.#pages.seek(page, pgno, 0);
      if (hash && isUnused(page)) {
        yield* guarded(checkUnused(page, this.#pages));
        continue;
      }
      yield page.damaged("is neither free nor in use").fault;
    }
  }
}

/** Whether a page is one that a hash keeps for buckets to come. */
export function isUnused(page: Page): boolean {
  const { type } = page;
  return type === P_INVALID ||
    (type === P_HASH || type === P_HASH_UNSORTED) && page.u16(ENTRIES) === 0;
}

/** Refuses a page that is of no tree, and has a level in one. */
export function requireNoLevel(page: Page): void {
  if (page.level !== 0) {
    throw page.damaged(`is at level ${page.level}, and in no tree`);
  }
}

/** Checks that an unused page is as it was written, or left unwritten. */
export function* checkUnused(page: Page, pages: Pages): Iterable<Fault> {
  if (page.number === 0) return requireUnwritten(page);
  pages.load(page, page.pgno, 0);
  requireNoLevel(page);
  for (const pgno of [page.prev, page.next]) {
    if (pgno < pages.format.count && pgno !== page.pgno) continue;
    yield page.damaged(
      `names page ${pgno}, and the last one is ${pages.format.count - 1}`,
    ).fault;
  }
}

/** Refuses a page without a number that has anything else. */
export function requireUnwritten(page: Page): void {
  for (let offset = 0; offset < page.size; offset++) {
    if (page.u8(offset) !== 0) {
      throw page.damaged("bears no number, and is not empty");
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
