/**
 * A database: one stream of data files, each opened and swapped in whole.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import {
  FileChangedError,
  type LoadedFile,
  type Loader,
} from "../loader/loader.ts";
import { mustBeUnchanged, mustStandAlone } from "../loader/unchanged.ts";
import {
  type Counters,
  createCounters,
  FAILURES,
  LOADS,
} from "../protocol/counters.ts";
import type { OpenOptions, SharedData, Storage } from "../storage/storage.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import type { SharedDataSet } from "./data_set.ts";
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
  targets?: readonly SwapTarget[];
  /** Where loads and failures are counted. */
  counters?: Counters;
}

/**
 * Opens each file that it is given, and swaps it in. Whatever goes wrong, the
 * data set that is served stays as it is.
 */
export class Database {
  /** What has happened so far, in the columns `LOADS` and `FAILURES`. */
  readonly counters: Counters;
  readonly #storage: Storage;
  readonly #options: OpenOptions;
  readonly #loader: Loader;
  #targets: readonly SwapTarget[];
  /** What the targets serve, and who lets go of it. */
  #served: { next: SharedDataSet; storage: Storage } | undefined;

  /** Whether a data set is served. */
  get loaded(): boolean {
    return this.#served !== undefined;
  }

  /** Puts the parts together; nothing is opened yet. */
  constructor(parts: DatabaseParts) {
    this.#storage = parts.storage;
    this.#options = parts.options ?? {};
    this.#loader = parts.loader;
    this.#targets = parts.targets ?? [];
    this.counters = parts.counters ?? createCounters();
  }

  /**
   * Serves what was served before the last stop: the newest file that opens.
   *
   * @returns whether there was one.
   */
  async recover(): Promise<boolean> {
    const failed: { file: LoadedFile; error: unknown }[] = [];
    for (const file of await this.#loader.recover()) {
      try {
        await this.#open(file);
      } catch (error) {
        failed.push({ file, error });
        continue;
      }
      for (const { file, error } of failed) await this.#reject(file, error);
      await this.#settle(file);
      return true;
    }
    // Where none opens, it need not be the fault of the files: a wrong storage,
    // for one, is put right and tried again.
    for (const { file, error } of failed) {
      this.counters[FAILURES]++;
      logger.error("{file} does not open, and stays where it is: {reason}", {
        file: file.path,
        reason: messageOf(error),
      });
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
      // That another file was dropped meanwhile is no failure.
      if (!(error instanceof FileChangedError)) this.counters[FAILURES]++;
      throw error;
    }
  }

  /**
   * Serves the data set again that was served before the current one, in a swap
   * like any other; the current one is put aside.
   *
   * @returns whether there was one that opens; if not, nothing has changed.
   */
  async rollBack(): Promise<boolean> {
    const previous = await this.#loader.previous();
    if (previous === undefined) {
      logger.error("nothing to roll back to: no previous file was kept");
      return false;
    }
    if (!await this.#openOrReject(previous)) return false;
    const now = await this.#loader.rollBack(previous);
    logger.info("rolled back to {file}; the newer file is now {now}", {
      file: previous.path,
      now,
    });
    return true;
  }

  /**
   * Lets one more target serve what is served, now and from now on. Not to be
   * called during a load.
   *
   * @throws if it cannot; then nothing has changed.
   */
  async join(target: SwapTarget): Promise<void> {
    if (this.#served !== undefined) await swap([target], this.#served.next);
    this.#targets = [...this.#targets, target];
  }

  /** Lets a target alone from now on; it serves what it has. */
  leave(target: SwapTarget): void {
    this.#targets = this.#targets.filter((other) => other !== target);
  }

  /** Takes over what another database serves, and its targets. */
  inherit(former: Database): void {
    this.#served = former.#served;
    this.#targets = former.#targets;
    former.#served = undefined;
    former.#targets = [];
  }

  /** Lets go of the data, which no target may read any more. */
  close(): void {
    this.#served?.storage.close(this.#served.next.data);
    this.#served = undefined;
  }

  async #serve(file: LoadedFile): Promise<boolean> {
    if (!await this.#openOrReject(file)) return false;
    await this.#settle(file);
    return true;
  }

  async #openOrReject(file: LoadedFile): Promise<boolean> {
    try {
      await this.#open(file);
      return true;
    } catch (error) {
      if (error instanceof FileChangedError) throw error;
      await mustStillBe(file); // Else the reason may be that it is not.
      await this.#reject(file, error);
      return false;
    }
  }

  /** Opens a file and swaps it in. */
  async #open(file: LoadedFile): Promise<void> {
    const begun = performance.now();
    const data = await this.#storage.open(file.path, this.#options);
    try {
      await mustStillBe(file);
    } catch (error) {
      this.#storage.close(data);
      throw error;
    }
    await this.#swapIn(data, file);
    this.counters[LOADS]++;
    if (data.keys === 0) {
      logger.warn("{file}: has no key: every look-up will be a miss", {
        file: file.path,
      });
    }
    for (const warning of data.warnings ?? []) {
      logger.warn("{file}: {warning}", { file: file.path, warning });
    }
    logger.info(
      "serving {file}: {count} keys, {size} bytes, {storage}, in {milliseconds} ms, sum {sum}",
      {
        file: file.path,
        size: file.size,
        keys: data.keys,
        count: data.keys ?? "uncounted",
        storage: data.storage,
        milliseconds: Math.round(performance.now() - begun),
        sum: file.sum,
      },
    );
  }

  async #swapIn(data: SharedData, file: LoadedFile): Promise<void> {
    const { path, sum, size } = file;
    const { storage, keys } = data;
    const facts = { path, storage, sum, size, keys, openedAt: Date.now() };
    const next = { data, facts };
    const close = () => this.#storage.close(data);
    await swap(this.#targets, next, undefined, close);
    const former = this.#served;
    this.#served = { next, storage: this.#storage };
    if (former === undefined) return;
    // In its own time: somebody may be reading a long answer from it.
    Promise.all(this.#targets.map((target) => target.released()))
      .then(() => former.storage.close(former.next.data));
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
    this.counters[FAILURES]++;
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
    const place = now === undefined
      ? "not loaded"
      : `not loaded, moved to ${now}`;
    logger.error(
      this.loaded
        ? "{place}, and what was served is served on: {reason}"
        : "{place}: {reason}",
      { place, file: file.path, reason, now },
    );
  }
}

/** Makes sure that a file which is served where it lies is as it was. */
async function mustStillBe(file: LoadedFile): Promise<void> {
  if (file.identity === undefined) return;
  await mustBeUnchanged(file);
  await mustStandAlone(file.path);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
