/**
 * Checks trees: those of databases, and those that values of one key are in.
 *
 * @module
 */

import type { Disorders } from "../disorder.ts";
import type { Fault, Note } from "../storage.ts";
import { type Bounds, checkOrder, type Key, keysOf } from "./check_keys.ts";
import { flagsOfValues } from "./compare.ts";
import { Database } from "./database.ts";
import {
  CURSOR_STACK,
  F_BIGDATA,
  F_DUPDATA,
  F_SUBDATA,
  MD_BRANCH_PAGES,
  MD_DEPTH,
  MD_ENTRIES,
  MD_LEAF_PAGES,
  MD_OVERFLOW_PAGES,
  MD_PAD,
  MP_PAD,
  MP_PAGES,
  NODESIZE,
  P_LEAF,
  P_LEAF2,
} from "./layout.ts";
import { u16, u32, u64 } from "./numbers.ts";
import { DamagedPage, type Pages } from "./pages.ts";
import { branchKeys, P_INVALID, rootOf, tooDeep } from "./tree.ts";
import type { Uses } from "./uses.ts";
import { nodeFlags, overflowRun, recordOf, subPage } from "./values.ts";

/** A tree, and what was counted in it so far. */
interface Tree {
  /** What it is, for messages. */
  readonly name: string;
  /** Its record. */
  readonly record: number;
  /** The page with the record. */
  readonly pgno: number;
  /** What its keys are compared by. */
  readonly flags: number;
  /** The database, unless the keys are values. */
  readonly database?: Database;
  levels: number;
  branchPages: number;
  leafPages: number;
  overflowPages: number;
  entries: number;
}

/** What the checker says of an error; others than of a page go on up. */
export function faultOf(error: unknown): Fault {
  if (error instanceof DamagedPage) return error.fault;
  throw error;
}

/** Checks the trees of one file. */
export class TreeChecker {
  readonly #pages: Pages;
  readonly #uses: Uses;
  readonly #disorders: Disorders;
  readonly #note: Note;

  /**
   * Tells `uses` of the pages it meets, and `disorders` of keys that are not in
   * order.
   */
  constructor(pages: Pages, uses: Uses, disorders: Disorders, note: Note) {
    this.#pages = pages;
    this.#uses = uses;
    this.#disorders = disorders;
    this.#note = note;
  }

  /** Checks a database, and those whose records are in it. */
  database(database: Database, name: string): Iterable<Fault> {
    const { record, pgno, flags } = database;
    return this.#tree(newTree({ name, record, pgno, flags, database }));
  }

  *#tree(tree: Tree): Iterable<Fault> {
    const root = rootOf(this.#pages, tree.record);
    if (root !== P_INVALID) {
      let sound = true;
      for (const fault of this.#page(tree, root, tree.pgno, 1, {})) {
        sound = false;
        yield fault;
      }
      // What could not be reached was not counted either.
      if (!sound) return;
    }
    yield* this.#counts(tree);
  }

  /** Compares what was counted with what the record says. */
  *#counts(tree: Tree): Iterable<Fault> {
    const { bytes } = this.#pages;
    const { record } = tree;
    const counts: [string, number, number][] = [
      ["levels", u16(bytes, record + MD_DEPTH), tree.levels],
      ["branch pages", u64(bytes, record + MD_BRANCH_PAGES), tree.branchPages],
      ["leaf pages", u64(bytes, record + MD_LEAF_PAGES), tree.leafPages],
      [
        "overflow pages",
        u64(bytes, record + MD_OVERFLOW_PAGES),
        tree.overflowPages,
      ],
      ["entries", u64(bytes, record + MD_ENTRIES), tree.entries],
    ];
    for (const [what, recorded, counted] of counts) {
      if (recorded === counted) continue;
      yield this.#pages.damaged(
        tree.pgno,
        `says that ${tree.name} has ${recorded} ${what}, and there are ${counted}`,
      ).fault;
    }
  }

  /** Checks a page and all below it. */
  *#page(
    tree: Tree,
    pgno: number,
    from: number,
    level: number,
    bounds: Bounds,
  ): Iterable<Fault> {
    const pages = this.#pages;
    try {
      if (level > CURSOR_STACK) throw tooDeep(pages, pgno);
      const page = pages.page(pgno, from);
      this.#uses.use(pgno, 1);
      const kind = pages.kind(page);
      if ((kind & ~P_LEAF2) === P_LEAF) {
        yield* this.#leaf(tree, page, pgno, level, bounds);
        return;
      }
      branchKeys(pages, page, pgno, kind);
      tree.branchPages++;
      const keys = keysOf(pages, page, page + pages.size, pgno, 0);
      this.#checkOrder(tree, keys.slice(1), pgno, bounds);
      for (const [i, key] of keys.entries()) {
        yield* this.#page(
          tree,
          pages.child(key.start - NODESIZE),
          pgno,
          level + 1,
          {
            least: i === 0 ? bounds.least : key,
            limit: keys[i + 1] ?? bounds.limit,
          },
        );
      }
    } catch (error) {
      yield faultOf(error);
    }
  }

  *#leaf(
    tree: Tree,
    page: number,
    pgno: number,
    level: number,
    bounds: Bounds,
  ): Iterable<Fault> {
    const pages = this.#pages;
    const { database } = tree;
    tree.leafPages++;
    if (tree.levels !== 0 && tree.levels !== level) {
      throw pages.damaged(
        pgno,
        `is a leaf at level ${level}, and others are at ${tree.levels}`,
      );
    }
    tree.levels = level;
    const isLeaf2 = (pages.kind(page) & P_LEAF2) !== 0;
    if (isLeaf2 && database !== undefined) {
      throw pages.damaged(pgno, "has keys without data");
    }
    const fixed = u32(pages.bytes, tree.record + MD_PAD);
    const keys = keysOf(pages, page, page + pages.size, pgno, fixed);
    if (keys.length === 0) throw pages.damaged(pgno, "is a leaf without keys");
    this.#checkOrder(tree, keys, pgno, bounds);
    if (database === undefined) {
      tree.entries += keys.length;
      return;
    }
    for (const key of keys) {
      // It has no others: mdb_put() refuses them.
      if (key.start === key.end) {
        yield pages.damaged(pgno, "has a key without bytes").fault;
      }
      yield* this.#data(tree, database, key.start - NODESIZE, pgno);
    }
  }

  #checkOrder(tree: Tree, keys: Key[], pgno: number, bounds: Bounds): void {
    const pages = this.#pages;
    const { bytes } = pages;
    checkOrder(pages, tree.flags, keys, pgno, bounds, (fault, a, b) => {
      if (tree.database === undefined) this.#unsorted(pgno);
      else this.#disorders.add(fault, { bytes, ...a }, { bytes, ...b });
    });
  }

  /** Of the values of a key, the first counts, whichever that is. */
  #unsorted(pgno: number): void {
    const { fault } = this.#pages.damaged(
      pgno,
      "has several values of a key not in order, as a program may have its own",
    );
    this.#note(fault);
  }

  /** Checks the data of a leaf's node. */
  *#data(
    tree: Tree,
    database: Database,
    node: number,
    pgno: number,
  ): Iterable<Fault> {
    const pages = this.#pages;
    const { bytes } = pages;
    const size = u32(bytes, node);
    switch (nodeFlags(database, node)) {
      case 0:
        pages.data(node, size);
        tree.entries++;
        break;
      case F_BIGDATA: {
        const first = overflowRun(pages, node);
        const run = u32(
          bytes,
          first * pages.size + pages.header + MP_PAGES,
        );
        this.#uses.use(first, run);
        tree.overflowPages += run;
        tree.entries++;
        break;
      }
      case F_SUBDATA: {
        const name = new TextDecoder().decode(pages.key(node));
        const named = new Database(pages).loadNode(node);
        yield* this.database(named, `the database ${JSON.stringify(name)}`);
        tree.entries++;
        break;
      }
      case F_DUPDATA: {
        const page = subPage(pages, node);
        const fixed = u16(bytes, page + pages.header + MP_PAD);
        const values = keysOf(pages, page, page + size, pgno, fixed);
        if (values.length === 0) {
          throw pages.damaged(pgno, "has a sub-page without values");
        }
        const flags = flagsOfValues(database.flags);
        checkOrder(pages, flags, values, pgno, {}, () => this.#unsorted(pgno));
        tree.entries += values.length;
        break;
      }
      default: {
        const values = newTree({
          name: "a key with several values",
          record: recordOf(pages, node),
          pgno,
          flags: flagsOfValues(database.flags),
        });
        yield* this.#tree(values);
        tree.entries += values.entries;
      }
    }
  }
}

function newTree(
  tree: Pick<Tree, "name" | "record" | "pgno" | "flags" | "database">,
): Tree {
  return {
    ...tree,
    levels: 0,
    branchPages: 0,
    leafPages: 0,
    overflowPages: 0,
    entries: 0,
  };
}
