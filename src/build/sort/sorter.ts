/**
 * An external merge sort: records of any number, in bounded memory.
 *
 * Records are collected in memory; whenever that is full, they are sorted and
 * put into a file as a run. In the end the runs are merged.
 *
 * @module
 */

import { BuildError } from "../error.ts";
import { Arena } from "./arena.ts";
import { merge } from "./merge.ts";
import type { SortedRecord } from "./record.ts";
import { writeRun } from "./run.ts";

/** The memory for records, in bytes, if the caller says nothing. */
const STANDARD_MEMORY = 96 * 1024 * 1024;

/** So many runs are merged at once: each has an open file and a buffer. */
const FAN_IN = 128;

const NO_PREFIX = new Uint8Array(0);

/** How a sort is done. */
export interface SorterOptions {
  /** The memory for records, in bytes; 96 MiB if it is not given. */
  readonly memory?: number;
  /** Of records with equal keys, the one that came last comes first. */
  readonly laterFirst?: boolean;
}

/** Sorts records by the bytes of their prefix and key. */
export class Sorter {
  /** How many records were added. */
  records = 0;
  /** The bytes of their prefixes, keys and values. */
  bytes = 0;
  readonly #scratch: string;
  readonly #laterFirst: boolean;
  #arena: Arena | undefined;
  #prefix = NO_PREFIX;
  #keyAt = 0;
  #runs: string[] = [];
  #runsMade = 0;

  /**
   * Begins without records.
   *
   * @param scratch what the names of its files begin with: `PATH.runN`.
   */
  constructor(scratch: string, options: SorterOptions = {}) {
    this.#scratch = scratch;
    this.#laterFirst = options.laterFirst ?? false;
    this.#arena = new Arena(
      options.memory ?? STANDARD_MEMORY,
      this.#laterFirst,
    );
  }

  /**
   * The records that follow have a prefix.
   *
   * @param keyAt how much of it is not part of the key: all or nothing.
   */
  begin(prefix: Uint8Array<ArrayBuffer>, keyAt: number): void {
    this.#prefix = prefix;
    this.#keyAt = keyAt;
  }

  /**
   * Adds the record of the key `keyBytes[keyStart, keyEnd)` and the value
   * `valueBytes[valueStart, valueEnd)`; both are copied.
   *
   * @throws {BuildError} if it is larger than 2 GiB.
   */
  add(
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const arena = this.#arena!;
    const prefix = this.#prefix;
    const length = prefix.length + keyEnd - keyStart + valueEnd - valueStart;
    if (!arena.fits(length)) {
      this.#spill(arena);
      if (!arena.fits(length)) {
        throw new BuildError(
          `record ${this.records + 1} has ${length} bytes: more than 2 GiB`,
        );
      }
    }
    arena.add(
      prefix,
      this.#keyAt,
      keyBytes,
      keyStart,
      keyEnd,
      valueBytes,
      valueStart,
      valueEnd,
    );
    this.records++;
    this.bytes += length;
  }

  /** All records, in order; asked for once, when all were added. */
  sorted(): Iterable<SortedRecord> {
    const arena = this.#arena!;
    if (this.#runs.length === 0) {
      arena.sort();
      return arena.records();
    }
    if (arena.count > 0) this.#spill(arena);
    this.#arena = undefined; // its memory is needed for the runs' buffers
    while (this.#runs.length > FAN_IN) this.#mergeSome();
    return merge(this.#inOrder(this.#runs));
  }

  /** Removes the files. */
  [Symbol.dispose](): void {
    for (let run = 0; run < this.#runsMade; run++) remove(this.#runPath(run));
  }

  #spill(arena: Arena): void {
    arena.sort();
    this.#runs.push(this.#write(arena.records()));
    arena.clear();
  }

  /** Merges neighbours, so that the runs stay in the order of their records. */
  #mergeSome(): void {
    const merged: string[] = [];
    for (let from = 0; from < this.#runs.length; from += FAN_IN) {
      const runs = this.#runs.slice(from, from + FAN_IN);
      merged.push(this.#write(merge(this.#inOrder(runs))));
      for (const run of runs) remove(run);
    }
    this.#runs = merged;
  }

  #inOrder(runs: readonly string[]): readonly string[] {
    return this.#laterFirst ? runs.toReversed() : runs;
  }

  #write(records: Iterable<SortedRecord>): string {
    const path = this.#runPath(this.#runsMade++);
    writeRun(path, records);
    return path;
  }

  #runPath(run: number): string {
    return `${this.#scratch}.run${run}`;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
