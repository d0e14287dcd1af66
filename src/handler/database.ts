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
import {
  type Counters,
  createCounters,
  FAILURES,
  LOADS,
} from "../protocol/counters.ts";
import { setDataState } from "../protocol/data_state.ts";
import {
  DataFileError,
  type OpenOptions,
  type Storage,
} from "../storage/storage.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import type { SwapTarget } from "./handler.ts";
import { Mending } from "./mending.ts";
import { mustStillBe, open, type Opened, type Opener } from "./opened.ts";
import { Queue } from "./queue.ts";
import { Served } from "./served.ts";

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
  /**
   * What has happened so far, in the columns `LOADS`, `FAILURES` and
   * `FILE_CHANGES`, and what is served, in `DATA_STATE`.
   */
  readonly counters: Counters;
  readonly #opener: Opener;
  readonly #loader: Loader;
  readonly #served: Served;
  readonly #mending: Mending;
  /** Loads and roll-backs, one after the other; each may take minutes. */
  readonly #loads = new Queue();

  /** Whether a data set is served. */
  get loaded(): boolean {
    return this.#served.file !== undefined;
  }

  /** Puts the parts together; nothing is opened yet. */
  constructor(
    { storage, options = {}, loader, targets = [], ...parts }: DatabaseParts,
  ) {
    this.#opener = { storage, options, loader };
    this.#loader = loader;
    this.#served = new Served(targets);
    const counters = this.counters = parts.counters ?? createCounters();
    this.#mending = new Mending({
      ...this.#opener,
      served: this.#served,
      counters,
      goBack: (to, reason) => this.#goBack(to, reason),
    });
  }

  /**
   * Serves what was served before the last stop: the newest file that opens.
   *
   * @returns whether there was one.
   */
  recover(): Promise<boolean> {
    return this.#loads.take(() => this.#recover());
  }

  /**
   * Brings a new file to its place, opens it and swaps it in. One that is served
   * already is only taken away.
   *
   * @returns whether it is served now. If not, the reason has been logged and
   * the file has been put aside.
   * @throws if the file could not be brought to its place; it is still where it
   * was, and worth another try.
   */
  load(file: VerifiedFile): Promise<boolean> {
    return this.#loads.take(() => this.#load(file));
  }

  /**
   * Serves the data set again that was served before the current one, in a swap
   * like any other; the current one is put aside.
   *
   * @returns whether there was one that opens; if not, nothing has changed.
   */
  rollBack(): Promise<boolean> {
    return this.#loads.take(() => this.#rollBack());
  }

  /**
   * Looks whether the file that is served is still what was loaded. If it is not,
   * a copy takes its place, or the file that was served before.
   */
  async look(): Promise<void> {
    const lost = await this.#mending.look();
    if (lost === undefined) return;
    // Not before a load that has begun: a new file may be about to be served.
    await this.#loads.take(() => this.#mending.fallBack(lost));
  }

  /**
   * Lets one more target serve what is served, now and from now on.
   *
   * @throws if it cannot; then nothing has changed.
   */
  join(target: SwapTarget): Promise<void> {
    return this.#served.join(target);
  }

  /** Lets a target alone from now on; it serves what it has. */
  leave(target: SwapTarget): Promise<void> {
    return this.#served.leave(target);
  }

  /** Takes over what another database serves, and its targets. */
  inherit(former: Database): void {
    this.#served.inherit(former.#served);
  }

  /** Settles when what has begun is finished. */
  async idle(): Promise<void> {
    await this.#loads.idle();
    await this.#served.queue.idle();
  }

  /** Lets go of the data, which no target may read any more. */
  close(): void {
    this.#served.close();
  }

  async #recover(): Promise<boolean> {
    const failed: { file: LoadedFile; error: unknown }[] = [];
    for (const file of await this.#loader.recover()) {
      try {
        await this.#serve(await open(this.#opener, file));
      } catch (error) {
        failed.push({ file, error });
        continue;
      }
      for (const { file, error } of failed) await this.#reject(file, error);
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

  async #load(dropped: VerifiedFile): Promise<boolean> {
    try {
      if (await this.#isServed(dropped)) return true;
      const opened = await this.#openOrReject(
        await this.#loader.stage(dropped),
      );
      return opened !== undefined && await this.#serveOrReject(opened);
    } catch (error) {
      // That another file was dropped meanwhile is no failure.
      if (!(error instanceof FileChangedError)) this.counters[FAILURES]++;
      throw error;
    }
  }

  /** Whether a file is what is served; if so, it is taken away. */
  async #isServed(dropped: VerifiedFile): Promise<boolean> {
    const { file: served } = this.#served;
    if (
      served?.storage !== this.#opener.storage || // or inherited
      served.change !== undefined || served.file.sum !== dropped.sum ||
      !await this.#loader.discard(dropped, served.file)
    ) return false;
    logger.info("{file} is what is served already: there is nothing to load", {
      file: dropped.path,
      sum: dropped.sum,
    });
    return true;
  }

  async #rollBack(): Promise<boolean> {
    const previous = await this.#loader.previous();
    if (previous === undefined) {
      logger.error("nothing to roll back to: no previous file was kept");
      return false;
    }
    const opened = await this.#openOrReject(previous);
    if (opened === undefined) return false;
    const now = await this.#goBack(opened, "rolled back");
    logger.info("rolled back to {file}; the newer file is now {now}", {
      file: previous.path,
      now,
    });
    return true;
  }

  /** Serves the previous file. @returns where the newer one is. */
  #goBack(opened: Opened, reason: string): Promise<string | undefined> {
    return this.#served.queue.take(async () => {
      await this.#swapIn(opened);
      this.#tell(opened);
      return await this.#loader.rollBack(opened.file, reason);
    });
  }

  async #openOrReject(file: LoadedFile): Promise<Opened | undefined> {
    try {
      return await open(this.#opener, file);
    } catch (error) {
      if (error instanceof FileChangedError) throw error;
      await mustStillBe(file); // Else the reason may be that it is not.
      await this.#reject(file, error);
    }
  }

  async #serveOrReject(opened: Opened): Promise<boolean> {
    try {
      await this.#serve(opened);
      return true;
    } catch (error) {
      await this.#reject(opened.file, error);
      return false;
    }
  }

  /** Serves an opened file from its place; lets go of what it replaces. */
  #serve(opened: Opened): Promise<void> {
    return this.#served.queue.take(async () => {
      await this.#swapIn(opened, () => this.#loader.place(opened.file));
      this.#tell(opened);
      try {
        await this.#loader.settle();
      } catch (error) {
        // That is untidy, and no reason to stop serving the new.
        logger.warn("cannot remove the file served before: {reason}", {
          reason: messageOf(error),
        });
      }
    });
  }

  async #swapIn(
    opened: Opened,
    place?: () => Promise<LoadedFile>,
  ): Promise<void> {
    const { file, data: { storage, keys } } = opened;
    const { destination: path = file.path, sum, size } = file;
    const facts = { path, storage, sum, size, keys, openedAt: Date.now() };
    await this.#served.replace(opened, facts, place);
    this.counters[LOADS]++;
    setDataState(this.counters, "intact");
  }

  #tell({ file, data, milliseconds }: Opened): void {
    const { destination: path = file.path, sum, size } = file;
    const { storage, keys, warnings = [] } = data;
    if (keys === 0) {
      logger.warn("{file}: has no key: every look-up will be a miss", {
        file: path,
      });
    }
    for (const warning of warnings) {
      logger.warn("{file}: {warning}", { file: path, warning });
    }
    logger.info(
      "serving {file}: {count} keys, {size} bytes, {storage}, in {milliseconds} ms, sum {sum}",
      {
        file: path,
        size,
        keys,
        count: keys ?? "uncounted",
        storage,
        milliseconds,
        sum,
      },
    );
  }

  async #reject(file: LoadedFile, error: unknown): Promise<void> {
    this.counters[FAILURES]++;
    const reason = error instanceof DataFileError
      ? `${file.destination ?? file.path}: ${error.problem}`
      : messageOf(error);
    let now: string | undefined;
    try {
      now = await this.#served.queue.take(() =>
        this.#loader.reject(file, reason)
      );
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

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
