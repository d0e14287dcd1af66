/**
 * Checks a whole file: every page is reached once, from one database or from the
 * free list; keys are in order, and a hash's are in their buckets; leaves are
 * linked in the order of their tree; long items are whole; checksums are right
 * (that is looked at wherever a page is read).
 *
 * @module
 */

import { DataFileError, type Fault } from "../storage.ts";
import { BtreeSnapshot } from "./btree.ts";
import { CheckedHash } from "./check_hash.ts";
import { CheckedTree } from "./check_tree.ts";
import { META_FREE, NEXT_PGNO, P_INVALID, TYPE } from "./layout.ts";
import { type BtreeMeta, type HashMeta, readMeta } from "./meta.ts";
import { DamagedPage, type Pages } from "./pages.ts";

/** Which pages have been reached, and what was found wrong. */
export class Findings {
  /** What is wrong so far. */
  readonly faults: Fault[] = [];
  readonly #pages: Pages;
  readonly #reached: Uint8Array;
  #complete = true;

  /** Nothing has been reached yet. */
  constructor(pages: Pages) {
    this.#pages = pages;
    this.#reached = new Uint8Array(pages.count);
  }

  /** Notes a fault. */
  add(pgno: number, problem: string): void {
    this.faults.push({ place: `page ${pgno}`, problem });
  }

  /** Notes that a page is reached; @returns false if it was before. */
  reach(pgno: number): boolean {
    if (this.#reached[pgno] !== 0) {
      this.add(pgno, "is reached a second time");
      return false;
    }
    this.#reached[pgno] = 1;
    return true;
  }

  /** Notes that a page is reached which may be shared, as long keys are. */
  share(pgno: number): void {
    this.#reached[pgno] = 1;
  }

  /** Does a part of the check; what damage stops it is a fault. */
  guard(check: () => void): void {
    try {
      check();
    } catch (error) {
      if (error instanceof DamagedPage) this.faults.push(error.fault);
      else if (error instanceof DataFileError) this.add(0, error.problem);
      else throw error;
    }
  }

  /** Some pages belong to what cannot be checked: nobody knows which. */
  leaveOutUnreached(): void {
    this.#complete = false;
  }

  /** Pages with something on them that nothing has led to. */
  unreached(): void {
    if (!this.#complete) return;
    const { bytes, size } = this.#pages;
    for (let pgno = 0; pgno < this.#reached.length; pgno++) {
      if (this.#reached[pgno] !== 0) continue;
      if (bytes[pgno * size + TYPE] !== P_INVALID) {
        this.add(pgno, "is neither in a database nor free");
      }
    }
  }
}

/** Everything that is wrong with a file. */
export function checkFile(pages: Pages): Fault[] {
  const findings = new Findings(pages);
  findings.guard(() => {
    const first = readMeta(pages, 0);
    checkDatabase(pages, first, findings);
    if (first.kind === "btree" && first.master) {
      for (const { value } of new BtreeSnapshot(pages, first).entries()) {
        // In the order of the network, whatever the order of the file.
        const pgno = value.reduce((number, byte) => number * 256 + byte, 0);
        findings.guard(() => checkNamed(pages, pgno, findings));
      }
    }
  });
  findings.guard(() => checkFreeList(pages, findings));
  findings.unreached();
  return findings.faults;
}

/** A named database; those that cannot be served are not looked into. */
function checkNamed(pages: Pages, pgno: number, findings: Findings): void {
  let meta: BtreeMeta | HashMeta;
  try {
    meta = readMeta(pages, pgno);
  } catch (error) {
    if (error instanceof DamagedPage || !(error instanceof DataFileError)) {
      throw error;
    }
    findings.leaveOutUnreached();
    return;
  }
  checkDatabase(pages, meta, findings);
}

function checkDatabase(
  pages: Pages,
  meta: BtreeMeta | HashMeta,
  findings: Findings,
): void {
  if (!findings.reach(meta.pgno)) return;
  if (meta.kind === "btree") new CheckedTree(pages, findings).check(meta);
  else new CheckedHash(pages, findings).check(meta);
}

function checkFreeList(pages: Pages, findings: Findings): void {
  let from = 0;
  for (let pgno = pages.u32(META_FREE); pgno !== 0;) {
    const page = pages.offset(pgno, from);
    if (!findings.reach(pgno)) return;
    if (pages.bytes[page + TYPE] !== P_INVALID) {
      findings.add(pgno, "is on the free list, and is in use");
    }
    from = pgno;
    pgno = pages.u32(page + NEXT_PGNO);
  }
}
