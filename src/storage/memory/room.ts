/**
 * Whether there is room for a data set. Where a process takes more memory than
 * its machine or its control group has, the system ends it without a word, and
 * with it the data that are served; so the new data are refused before.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
import { machineMemory } from "./machine_memory.ts";

const MB = 1024 * 1024;

/** How much of all memory a process may take before a data set is refused. */
const PART = 0.95;

/** Smaller pieces than this are not worth a look, in bytes. */
const STEP = 8 * MB;

let limit: number | undefined;

/** Looks after the memory of one data set while it grows. */
export class MemoryRoom {
  readonly #path: string;
  /** What has been taken since the last look. */
  #taken = 0;

  /**
   * Has nothing to look after yet.
   *
   * @param path the data file, for messages.
   */
  constructor(path: string) {
    this.#path = path;
  }

  /**
   * So many bytes more will be written to.
   *
   * @throws {DataFileError} if there is no room for them.
   */
  take(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken < STEP) return;
    limit ??= machineMemory() * PART;
    const { rss } = Deno.memoryUsage();
    if (rss + this.#taken > limit) {
      throw new DataFileError(
        this.#path,
        `it takes more memory than there is: ${
          Math.round(limit / PART / MB)
        } MB, of which this process has ${
          Math.round(rss / MB)
        } MB already; give it more, or build a file that is read in place, such as a cdb`,
      );
    }
    this.#taken = 0;
  }
}
