/**
 * Whether a file that is served is still what was loaded.
 *
 * Where there are leases, nobody can write to it unnoticed: they wait, and are
 * seen at the next look. Elsewhere its size and times are compared.
 *
 * @module
 */

import {
  type FileStatus,
  identify,
  sameFile,
} from "../watcher/file_identity.ts";
import { hasSum } from "./has_sum.ts";
import type { HeldFile } from "./held_file.ts";

/** Looks at one file, from its load until nobody reads it any more. */
export class Guard {
  /** The file, whatever its path leads to by now. */
  readonly held: HeldFile;
  readonly #sum: string;
  #path: string;
  /** What it was at the last look. */
  #status: FileStatus;
  /** Whether it is a copy that was made in haste, and has not been read yet. */
  #isHasty = false;

  private constructor(
    path: string,
    sum: string,
    held: HeldFile,
    status: FileStatus,
  ) {
    this.#path = path;
    this.#sum = sum;
    this.held = held;
    this.#status = status;
  }

  /**
   * Takes a file over, which is closed with the guard.
   *
   * @param path where it lies.
   * @param sum what its content has been found to have.
   */
  static async over(
    path: string,
    sum: string,
    held: HeldFile,
  ): Promise<Guard> {
    return new Guard(path, sum, held, await held.status());
  }

  /**
   * Whether the file is what was loaded, for nobody can have written to it so far:
   * those who want to have to wait, but not for ever.
   */
  async isUnwritten(): Promise<boolean> {
    if (!this.held.wasLeased || this.#isHasty) return false;
    const { size, mtime } = await this.held.status();
    return size === this.#status.size && mtime === this.#status.mtime;
  }

  /** The file is a copy that has to be checked yet, and brought to the disk. */
  checkLater(): void {
    this.#isHasty = true;
  }

  /** We have renamed the file ourselves. */
  async moved(path: string): Promise<void> {
    this.#path = path;
    this.#status = await this.held.status();
  }

  /**
   * Looks at the file.
   *
   * @returns what somebody does to it, or has done: `is being written to`;
   * `undefined` if it is as it was.
   */
  async look(): Promise<string | undefined> {
    if (this.held.written) return "is opened for writing by somebody";
    const there = await identify(this.#path);
    if (there === undefined) return "is gone";
    const { dev, ino, size } = this.#status;
    if (there.dev !== dev || there.ino !== ino) return "was replaced";
    if (this.#isHasty) {
      if (!await hasSum(this.#path, this.#sum)) return "was changed";
      await this.held.file.syncData();
      this.#isHasty = false;
    }
    if (sameFile(there, this.#status)) return undefined;
    // Its names, rights or times may have changed, and nothing else.
    const isWhole = this.held.leased ||
      there.size === size && await hasSum(this.#path, this.#sum);
    if (!isWhole) return "was changed";
    this.#status = there;
    return undefined;
  }

  /** Lets the file go. */
  close(): void {
    this.held.close();
  }
}
