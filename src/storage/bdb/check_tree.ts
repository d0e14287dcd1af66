/**
 * Checks trees: that of a B-tree database, and those of duplicates.
 *
 * The keys of a tree are gone through in their order, those of internal pages
 * where their page begins: each must be greater than the one before.
 *
 * @module
 */

import type { Disorders } from "../disorder.ts";
import { type Fault, type Note, Value } from "../storage.ts";
import { checkItems } from "./check_page.ts";
import { compareValues } from "./compare.ts";
import { Items } from "./items.ts";
import { isLong, KeyOrder, Order } from "./key_order.ts";
import {
  B_DATA,
  B_DELETE,
  B_DUPLICATE,
  B_OVERFLOW,
  B_PGNO,
  B_TLEN,
  B_TYPE,
  BI_DATA,
  LEAFLEVEL,
  P_IBTREE,
  P_LBTREE,
  P_LDUP,
  P_LRECNO,
} from "./layout.ts";
import type { Page } from "./page.ts";
import type { Pages } from "./pages.ts";
import { guarded, type Reached } from "./reached.ts";
import { childOf, children, loadNode, ROOT } from "./tree.ts";

/** What the data of a database's keys are. */
export interface Duplicates {
  /** Whether a key can have several. */
  readonly duplicates: boolean;
  /** Whether those are sorted. */
  readonly sorted: boolean;
}

/**
 * Checks the tree of a B-tree database.
 *
 * @param from the page that refers to the root.
 * @param disorders is told of keys that are not in order.
 */
export function checkTree(
  pages: Pages,
  reached: Reached,
  database: Duplicates,
  root: number,
  from: number,
  disorders: Disorders,
  note: Note,
): Iterable<Fault> {
  return new TreeCheck(pages, reached, database, note, disorders)
    .check(root, from);
}

/** Checks the tree that several data of one key are in. */
export function checkDuplicates(
  pages: Pages,
  reached: Reached,
  database: Duplicates,
  root: number,
  from: number,
  note: Note,
): Iterable<Fault> {
  return new TreeCheck(pages, reached, database, note).check(root, from);
}

class TreeCheck {
  readonly #pages: Pages;
  readonly #reached: Reached;
  readonly #database: Duplicates;
  readonly #note: Note;
  /** In a tree of duplicates, none: their order is their program's affair. */
  readonly #disorders: Disorders | undefined;
  /** The type of all leaves. */
  readonly #leafType: number;
  readonly #keys: KeyOrder;
  readonly #items: Items;
  readonly #others: Items;
  /** The last leaf, and the one that it names as the next. */
  #leaf = 0;
  #next = 0;

  constructor(
    pages: Pages,
    reached: Reached,
    database: Duplicates,
    note: Note,
    disorders?: Disorders,
  ) {
    this.#pages = pages;
    this.#reached = reached;
    this.#database = database;
    this.#note = note;
    this.#disorders = disorders;
    this.#keys = new KeyOrder(pages);
    this.#items = new Items(pages);
    this.#others = new Items(pages);
    this.#leafType = disorders !== undefined
      ? P_LBTREE
      : database.sorted
      ? P_LDUP
      : P_LRECNO;
  }

  *check(root: number, from: number): Iterable<Fault> {
    yield* guarded(this.#node(root, from, ROOT));
    if (this.#next !== 0) {
      yield this.#pages.damaged(
        this.#leaf,
        `names page ${this.#next} as the next, and is the last leaf`,
      ).fault;
    }
  }

  *#node(pgno: number, from: number, level: number): Iterable<Fault> {
    const page = this.#pages.newPage();
    loadNode(this.#pages, page, pgno, from, level);
    this.#reached.add(pgno);
    if (page.level > LEAFLEVEL) yield* this.#internal(page);
    else yield* this.#leafPage(page);
  }

  *#internal(page: Page): Iterable<Fault> {
    const entries = children(page);
    yield* checkItems(page, false);
    for (let item = 0; item < entries; item++) {
      if (page.type === P_IBTREE) {
        const offset = page.item(entries, item, BI_DATA);
        if (isLong(page, offset)) this.#chain(page, offset + BI_DATA);
        // The first key of an internal page counts as less than any.
        if (item > 0) {
          yield* this.#order(page, this.#keys.separator(page, offset));
        }
      }
      const child = childOf(page, entries, item);
      yield* guarded(this.#node(child, page.pgno, page.level - 1));
    }
  }

  *#leafPage(page: Page): Iterable<Fault> {
    const { pgno, type } = page;
    if (type !== this.#leafType) {
      throw page.damaged(
        `is of type ${type}, where leaves are of type ${this.#leafType}`,
      );
    }
    const { prev } = page;
    if (prev !== this.#leaf) {
      yield page.damaged(`follows page ${this.#leaf} and names ${prev}`).fault;
    }
    if (this.#leaf !== 0 && this.#next !== pgno) {
      yield this.#pages.damaged(
        this.#leaf,
        `names page ${this.#next} as the next, and ${pgno} follows`,
      ).fault;
    }
    this.#leaf = pgno;
    this.#next = page.next;

    const pairs = type === P_LBTREE;
    const entries = pairs ? page.pairedEntries() : page.entries();
    yield* checkItems(page, this.#database.duplicates);
    let lastKey = 0;
    let isSorted = true;
    for (let item = 0; item < entries; item++) {
      const offset = page.item(entries, item, B_DATA);
      if (pairs && item % 2 !== 0) yield* this.#data(page, offset);
      else if (offset !== lastKey) {
        if (isLong(page, offset)) this.#chain(page, offset);
        if (type !== P_LRECNO) {
          yield* this.#order(page, this.#keys.leafKey(page, offset));
        }
        lastKey = offset;
      } else isSorted = isSorted && this.#inOrder(page, entries, item);
    }
    if (!isSorted) this.#note(unsorted(page));
  }

  /** Whether the data of a key and those before them are in order. */
  #inOrder(page: Page, entries: number, item: number): boolean {
    if (!this.#database.sorted) return true;
    const before = new Value(), after = new Value();
    this.#items.bytes(page, page.item(entries, item - 1, B_DATA), before);
    this.#others.bytes(page, page.item(entries, item + 1, B_DATA), after);
    return compareValues(before, after) < 0;
  }

  /** The data of a key, of a type that a leaf has. */
  *#data(page: Page, offset: number): Iterable<Fault> {
    const type = page.u8(offset + B_TYPE) & ~B_DELETE;
    if (type === B_OVERFLOW) this.#chain(page, offset);
    else if (type === B_DUPLICATE) {
      const root = page.u32(offset + B_PGNO);
      const { pgno } = page;
      yield* checkDuplicates(
        this.#pages,
        this.#reached,
        this.#database,
        root,
        pgno,
        this.#note,
      );
    }
  }

  #chain(page: Page, offset: number): void {
    const first = page.u32(offset + B_PGNO);
    const tlen = page.u32(offset + B_TLEN);
    this.#reached.addChain(this.#items.overflow, first, tlen, page.pgno);
  }

  *#order(page: Page, order: Order): Iterable<Fault> {
    if (order === Order.Right) return;
    if (this.#disorders === undefined) return this.#note(unsorted(page));
    if (order === Order.Same) {
      yield page.damaged("has a key that is there already").fault;
      return;
    }
    const { before, after } = this.#keys;
    const { fault } = page.damaged(
      "has keys that are not in the order of their bytes",
    );
    this.#disorders.add(fault, before, after);
  }
}

/** Of the data of a key, the first counts, whichever that is. */
export function unsorted(page: Page): Fault {
  return page.damaged(
    "has several data of a key not in the order of their bytes, as a program may have its own",
  ).fault;
}
