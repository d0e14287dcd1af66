/**
 * What the pages of a file are used for. Each is part of one tree, or free.
 *
 * @module
 */

import { NUM_METAS } from "./layout.ts";
import type { Pages } from "./pages.ts";

enum Use {
  Unknown,
  Used,
  Free,
}

/** Remembers what each page is used for. */
export class Uses {
  readonly #pages: Pages;
  readonly #uses: Uint8Array;

  /** Knows of the meta pages alone. */
  constructor(pages: Pages) {
    this.#pages = pages;
    this.#uses = new Uint8Array(pages.count).fill(Use.Used, 0, NUM_METAS);
  }

  /** Some pages, all in the file, are part of a tree. */
  use(pgno: number, length: number): void {
    for (const end = pgno + length; pgno < end; pgno++) {
      if (this.#uses[pgno] !== Use.Unknown) {
        throw this.#pages.damaged(pgno, "is used more than once");
      }
      this.#uses[pgno] = Use.Used;
    }
  }

  /** Some pages are free; they can lie behind the end of the file. */
  free(pgno: number, length: number): void {
    const end = Math.min(pgno + length, this.#pages.count);
    for (; pgno < end; pgno++) {
      if (this.#uses[pgno] !== Use.Unknown) {
        const problem = this.#uses[pgno] === Use.Used
          ? "is free, but in use"
          : "is free more than once";
        throw this.#pages.damaged(pgno, problem);
      }
      this.#uses[pgno] = Use.Free;
    }
  }

  /** The pages that are nothing yet. */
  *unknown(): Iterable<number> {
    let pgno = this.#uses.indexOf(Use.Unknown);
    while (pgno >= 0) {
      yield pgno;
      pgno = this.#uses.indexOf(Use.Unknown, pgno + 1);
    }
  }
}
