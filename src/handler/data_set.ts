/**
 * A data set that is served: a snapshot, what is known of it, and who still
 * reads it.
 *
 * @module
 */

import {
  type Cost,
  type SharedData,
  type Snapshot,
  USUAL_COST,
} from "../storage/storage.ts";

/** What is known of a data set; plain data, so that threads can be told it. */
export interface DataSetFacts {
  /** The file that it was read from. */
  readonly path: string;
  /** The name of the storage that has opened it. */
  readonly storage: string;
  /** The sum of the file, in hexadecimal. */
  readonly sum: string;
  /** The length of the file, in bytes. */
  readonly size: number;
  /** How many records there are, where that is known. */
  readonly keys?: number;
  /** When it was opened, in milliseconds since 1970. */
  readonly openedAt: number;
}

/** A data set on its way to the threads that serve. */
export interface SharedDataSet {
  /** The opened file. */
  readonly data: SharedData;
  /** What is known of it. */
  readonly facts: DataSetFacts;
}

/** One data set in one serving thread. */
export class DataSet {
  /** The data. */
  readonly snapshot: Snapshot;
  /** What is known of it. */
  readonly facts: DataSetFacts;
  /**
   * The version as ASCII digits: the first 63 bits of the file's sum, so that
   * it is the same on every server that serves the same file, and another as
   * soon as the data change.
   */
  readonly version: Uint8Array;
  /** What reading it costs. */
  readonly cost: Cost;
  #retiredAt = 0;
  #holders = 0;
  #letGo: () => void = () => {};
  /** Settles when nobody reads the retired data set any more. */
  readonly released: Promise<void> = new Promise((resolve) => {
    this.#letGo = resolve;
  });

  /** Takes a snapshot into service. */
  constructor(snapshot: Snapshot, facts: DataSetFacts) {
    this.snapshot = snapshot;
    this.facts = facts;
    this.cost = snapshot.cost ?? USUAL_COST;
    const first64 = /^[0-9a-f]{16}/i.exec(facts.sum)?.[0] ?? "0";
    this.version = new TextEncoder().encode(
      String(BigInt(`0x${first64}`) >> 1n),
    );
  }

  /** When it was replaced, in milliseconds since 1970; 0 while it is served. */
  get retiredAt(): number {
    return this.#retiredAt;
  }

  /**
   * Keeps the data set readable across an `await`, for a request that is not
   * answered whole. Each `hold` needs a {@linkcode release}.
   */
  hold(): void {
    this.#holders++;
  }

  /** Ends a {@linkcode hold}. */
  release(): void {
    if (--this.#holders === 0 && this.#retiredAt !== 0) this.#letGo();
  }

  /** No new request will read it. */
  retire(): void {
    this.#retiredAt = Date.now();
    if (this.#holders === 0) this.#letGo();
  }
}
