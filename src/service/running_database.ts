/**
 * A database that runs: its watcher, its loader, and the threads that serve it.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { storageOf } from "../cli/storage_flags.ts";
import type { DatabaseSettings } from "../config/settings.ts";
import { Database } from "../handler/database.ts";
import type { SwapTarget } from "../handler/handler.ts";
import { FileChangedError, InPlaceLoader } from "../loader/loader.ts";
import { SlotLoader } from "../loader/slot_loader.ts";
import { type Counters, createCounters } from "../protocol/counters.ts";
import { BackgroundStorage } from "../storage/background.ts";
import { companions } from "../storage/companions.ts";
import { lmdbFile } from "../storage/lmdb/lmdb.ts";
import { dataFileAt } from "../storage/recognize/data_file.ts";
import { DataFileError } from "../storage/storage.ts";
import type { MemoryMode } from "../storage/memory/memory.ts";
import { FileWatcher } from "../watcher/file_watcher.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import { pause } from "./pause.ts";
import { fulfilRequests } from "./rollback_request.ts";

const logger = getLogger(["goromdb", "serve"]);

/** How long to wait before a file that could not be moved is tried again, in ms. */
const RETRY = 5000;

/** How long to wait before a file that has been replaced is looked at, in ms. */
const SOON = 100;

/** One database of a server. */
export class RunningDatabase {
  /** What it was set to. */
  readonly settings: DatabaseSettings;
  /** Where its loads and failures are counted. */
  readonly counters: Counters;
  readonly #database: Database;
  readonly #stop = new AbortController();
  #watcher: FileWatcher | undefined;
  readonly #signal: AbortSignal;
  #turn: Promise<unknown> = Promise.resolve();
  #watching: Promise<unknown> = Promise.resolve();

  /**
   * Puts the parts together.
   *
   * @param signal no new file is taken once it aborts.
   * @param former the database of that name with other settings: what it serves
   * is served until this one has something.
   */
  constructor(
    settings: DatabaseSettings,
    signal: AbortSignal,
    former?: RunningDatabase,
  ) {
    this.settings = settings;
    this.#signal = AbortSignal.any([signal, this.#stop.signal]);
    this.counters = former?.counters ?? createCounters();
    const { basedir, warm } = settings;
    const { storage, options } = storageOf(
      settings,
      (storage) => new BackgroundStorage(storage),
    );
    this.#database = new Database({
      storage,
      options: { ...options, warm, memory: memoryOf(settings) },
      loader: basedir === undefined ? new InPlaceLoader() : new SlotLoader(
        basedir,
        { keepPrevious: settings["keep-previous"] },
      ),
      counters: this.counters,
    });
    if (former !== undefined) this.#database.inherit(former.#database);
  }

  /** Serves what there is, and then each new file until it is stopped. */
  async start(): Promise<void> {
    const { name, file, watch, interval, basedir } = this.settings;
    const watcher = new FileWatcher({
      path: await dataFile(file),
      mode: watch ?? (basedir === undefined ? "simple" : "md5"),
      interval,
      companions,
    });
    this.#watcher = watcher;
    await this.#take(() => this.#database.recover());
    const first = await watcher.look(this.#signal);
    if (first !== undefined) {
      await this.#take(() => this.#load(watcher, first));
    }
    if (!this.#database.loaded) {
      logger.warn(
        "no data yet: every get is a miss until {file} is loaded",
        { database: name, file },
      );
    }
    const watching = [this.#watch(watcher)];
    if (basedir !== undefined) {
      const rollBack = () => this.#take(() => this.#database.rollBack());
      watching.push(fulfilRequests(basedir, this.#signal, rollBack));
    }
    this.#watching = Promise.all(watching);
  }

  /** Lets one more target serve what is served, now and from now on. */
  join(target: SwapTarget): Promise<void> {
    return this.#take(() => this.#database.join(target));
  }

  /** Lets a target alone from now on. */
  leave(target: SwapTarget): Promise<void> {
    return this.#take(() => {
      this.#database.leave(target);
      return Promise.resolve();
    });
  }

  /** Looks for a new file at once. */
  lookNow(): void {
    this.#watcher?.lookNow();
  }

  /** Takes no new file; settles when what has begun is finished. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
    await this.#turn;
  }

  /** Lets go of the data, when no thread serves it any more. */
  close(): void {
    this.#database.close();
  }

  async #watch(watcher: FileWatcher): Promise<void> {
    for await (const next of watcher.watch(this.#signal)) {
      await this.#take(() => this.#load(watcher, next));
    }
  }

  /** Loads a file; one that could not even be moved is tried again later. */
  async #load(watcher: FileWatcher, file: VerifiedFile): Promise<void> {
    try {
      await this.#database.load(file);
    } catch (error) {
      if (error instanceof FileChangedError) {
        logger.info("{reason}", { reason: error.message });
        watcher.forget(true);
        await pause(SOON, this.#signal);
        return;
      }
      logger.error(
        "{file} could not be taken, trying again in {retry} s: {reason}",
        {
          file: file.path,
          retry: RETRY / 1000,
          reason: error instanceof Error ? error.message : String(error),
        },
      );
      watcher.forget();
      await pause(RETRY, this.#signal);
    }
  }

  /** Loads, roll-backs and the like have their turns, one after the other. */
  #take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }
}

/**
 * A file that somebody writes to while it is mapped would end the process; only
 * one that is in a slot is safe from that.
 */
function memoryOf({ memory, basedir }: DatabaseSettings): MemoryMode {
  if (memory !== undefined && memory !== "auto") return memory;
  return basedir === undefined ? "read" : "auto";
}

/**
 * The file to watch: in a directory the one with LMDB's data, whether it is there
 * yet or not.
 */
async function dataFile(path: string): Promise<string> {
  try {
    return await dataFileAt(path);
  } catch (error) {
    if (!(error instanceof DataFileError)) return path; // it is not there yet
    const file = await lmdbFile(path);
    logger.warn("{complaint}; until there is {file}, nothing is served", {
      complaint: error.message,
      file,
    });
    return file;
  }
}
