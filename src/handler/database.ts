/**
 * A database: one stream of data files, each opened and swapped in whole.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { LoadedFile, Loader } from "../loader/loader.ts";
import type { OpenOptions, Storage } from "../storage/storage.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import { swap, type SwapTarget } from "./handler.ts";

const logger = getLogger(["goromdb", "database"]);

/** The parts of a database. */
export interface DatabaseParts {
  /** Opens the files. */
  storage: Storage;
  /** How it reads them. */
  options?: OpenOptions;
  /** Brings the files to their place. */
  loader: Loader;
  /** The threads that serve. */
  targets: readonly SwapTarget[];
}

/** What has happened to a database since its start. */
export interface DatabaseCounts {
  /** Data sets swapped in. */
  loads: number;
  /** Files that could not be served. */
  failures: number;
}

/**
 * Opens each file that it is given, and swaps it in. Whatever goes wrong, the
 * data set that is served stays as it is.
 */
export class Database {
  /** What has happened so far. */
  readonly counts: DatabaseCounts = { loads: 0, failures: 0 };
  readonly #storage: Storage;
  readonly #options: OpenOptions;
  readonly #loader: Loader;
  readonly #targets: readonly SwapTarget[];

  /** Puts the parts together; nothing is opened yet. */
  constructor(parts: DatabaseParts) {
    this.#storage = parts.storage;
    this.#options = parts.options ?? {};
    this.#loader = parts.loader;
    this.#targets = parts.targets;
  }

  /**
   * Serves what was served before the last stop: the newest file that opens.
   *
   * @returns whether there was one.
   */
  async recover(): Promise<boolean> {
    for (const file of await this.#loader.recover()) {
      if (await this.#serve(file)) return true;
    }
    return false;
  }

  /**
   * Brings a new file to its place, opens it and swaps it in.
   *
   * @returns whether it is served now. If not, the reason has been logged and
   * the file has been put aside.
   * @throws if the file could not be brought to its place; it is still where it
   * was, and worth another try.
   */
  async load(file: VerifiedFile): Promise<boolean> {
    try {
      return await this.#serve(await this.#loader.stage(file));
    } catch (error) {
      this.counts.failures++;
      throw error;
    }
  }

  async #serve(file: LoadedFile): Promise<boolean> {
    const begun = performance.now();
    let keys: number | undefined;
    try {
      const data = await this.#storage.open(file.path, this.#options);
      const { path, sum, size } = file;
      const facts = { path, sum, size, keys: data.keys, openedAt: Date.now() };
      await swap(this.#targets, { data, facts });
      keys = data.keys;
    } catch (error) {
      await this.#reject(file, error);
      return false;
    }
    this.counts.loads++;
    logger.info(
      "serving {file}: {keys} keys, {size} bytes, {storage}, in {milliseconds} ms, sum {sum}",
      {
        file: file.path,
        size: file.size,
        keys,
        storage: this.#storage.name,
        milliseconds: Math.round(performance.now() - begun),
        sum: file.sum,
      },
    );
    await this.#settle(file);
    return true;
  }

  /** That the old file stays is untidy, and no reason to stop serving the new. */
  async #settle(file: LoadedFile): Promise<void> {
    try {
      await this.#loader.settle(file);
    } catch (error) {
      logger.warn("cannot remove the file served before: {reason}", {
        reason: messageOf(error),
      });
    }
  }

  async #reject(file: LoadedFile, error: unknown): Promise<void> {
    this.counts.failures++;
    const reason = messageOf(error);
    let now: string | undefined;
    try {
      now = await this.#loader.reject(file, reason);
    } catch (error) {
      logger.warn("cannot put {file} aside: {reason}", {
        file: file.path,
        reason: messageOf(error),
      });
    }
    logger.error(
      now === undefined
        ? "not loaded, and what was served is served on: {reason}"
        : "not loaded, moved to {now}, and what was served is served on: {reason}",
      { file: file.path, reason, now },
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
