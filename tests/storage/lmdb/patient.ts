/**
 * Sound files to be damaged on purpose.
 */

import type {
  Fault,
  OpenOptions,
  Snapshot,
} from "../../../src/storage/storage.ts";
import { openLmdb } from "../../../src/storage/lmdb/lmdb.ts";
import { type Fixture, fixturePath, fixturesOf } from "../../fixtures.ts";

/** Offsets in a meta page of format 1. */
export const MAGIC = 16,
  VERSION = 20,
  PAGE_SIZE = 40,
  FREE_ROOT = 80,
  ENTRIES = 120,
  ROOT = 128,
  LAST_PG = 136,
  TXNID = 144;

/** A fixture in bytes that may be changed, with the places worth changing. */
export class Patient {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView;

  constructor(file: string, readonly pageSize = 4096) {
    this.bytes = Deno.readFileSync(fixturePath(file));
    this.view = new DataView(this.bytes.buffer);
  }

  /** Where the meta page begins that counts. */
  get meta(): number {
    const txnid = (page: number) => this.view.getBigUint64(page + TXNID, true);
    return txnid(0) < txnid(this.pageSize) ? this.pageSize : 0;
  }

  /** Where the root page of the main database begins. */
  get root(): number {
    return this.pageSize *
      Number(this.view.getBigUint64(this.meta + ROOT, true));
  }

  /** Where a node of a page of format 1 begins. */
  node(page: number, index: number): number {
    return page + this.view.getUint16(page + 16 + 2 * index, true);
  }

  /** Where the first leaf below the root begins. */
  get leaf(): number {
    return this.pageSize * this.view.getUint32(this.node(this.root, 0), true);
  }

  open(options: OpenOptions = {}): Snapshot {
    return openLmdb(this.bytes, "patient", options);
  }

  /** What the checker says, place and problem. */
  faults(): string[] {
    return Array.from(
      this.open().check(),
      ({ place, problem }: Fault) => `${place}: ${problem}`,
    );
  }
}

/** The fixture with that database of a file. */
export function fixtureOf(file: string, database?: string): Fixture {
  const fixture = fixturesOf("lmdb").find((fixture) =>
    fixture.file === file && fixture.options.database === database
  );
  if (fixture === undefined) throw new TypeError(`${file}: no such fixture`);
  return fixture;
}
