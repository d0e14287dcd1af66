/**
 * A database that runs: its watcher, its loader, and the threads that serve it.
 *
 * @module
 */

import { join } from "node:path";
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

/** How long to wait before a file that could not be moved is tried again. */
const RETRY_MS = 5000;

/** How long to wait before a file that has been replaced is looked at. */
const REPLACED_MS = 100;

/** How often to look at the file that is served. */
const LOOK_MS = 1000;

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
      loader: basedir === undefined
        ? new InPlaceLoader()
        : new SlotLoader(basedir, {
          keepPrevious: settings["keep-previous"],
          sources: dropPaths(settings.file),
        }),
      counters: this.counters,
    });
    if (former !== undefined) this.#database.inherit(former.#database);
  }

  /**
   * Serves what there is, and then each new file until it is stopped.
   *
   * What has been served before is served at once; only where there is nothing
   * of that kind is the first file waited for, if it is there.
   */
  async start(): Promise<void> {
    const { name, file, watch, interval, basedir } = this.settings;
    const watcher = new FileWatcher({
      path: await dataFile(file),
      mode: watch ?? (basedir === undefined ? "simple" : "md5"),
      interval,
      companions,
    });
    this.#watcher = watcher;
    let wait = 0;
    if (!await this.#database.recover()) {
      const first = await watcher.look(this.#signal);
      if (first !== undefined) wait = await this.#load(watcher, first);
    }
    if (!this.#database.loaded) {
      logger.warn(
        "no data yet: every get is a miss until {file} is loaded",
        { database: name, file },
      );
    }
    const watching = [this.#watch(watcher, wait)];
    if (basedir !== undefined) {
      const rollBack = () => this.#database.rollBack();
      watching.push(
        fulfilRequests(basedir, this.#signal, rollBack),
        this.#lookAfter(),
      );
    }
    this.#watching = Promise.all(watching);
  }

  /** Lets one more target serve what is served, now and from now on. */
  join(target: SwapTarget): Promise<void> {
    return this.#database.join(target);
  }

  /** Lets a target alone from now on. */
  leave(target: SwapTarget): Promise<void> {
    return this.#database.leave(target);
  }

  /** Looks for a new file at once. */
  lookNow(): void {
    this.#watcher?.lookNow();
  }

  /** Takes no new file; settles when what has begun is finished. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watching;
    await this.#database.idle();
  }

  /** Lets go of the data, when no thread serves it any more. */
  close(): void {
    this.#database.close();
  }

  async #watch(watcher: FileWatcher, wait: number): Promise<void> {
    await pause(wait, this.#signal);
    for await (const next of watcher.watch(this.#signal)) {
      await pause(await this.#load(watcher, next), this.#signal);
    }
  }

  /** Looks whether somebody else changes the file that is served. */
  async #lookAfter(): Promise<void> {
    while (!this.#signal.aborted) {
      await pause(LOOK_MS, this.#signal);
      await this.#database.look().catch((error) => {
        logger.error("cannot look after what is served: {reason}", {
          database: this.settings.name,
          reason: error instanceof Error ? error.message : String(error),
        });
      });
    }
  }

  /**
   * Loads a file; one that could not even be moved is tried again later.
   *
   * @returns how long to wait before the next look, in milliseconds.
   */
  async #load(watcher: FileWatcher, file: VerifiedFile): Promise<number> {
    try {
      await this.#database.load(file);
      return 0;
    } catch (error) {
      if (error instanceof FileChangedError) {
        logger.info("{reason}", { reason: error.message });
        watcher.forget(true);
        return REPLACED_MS;
      }
      logger.error(
        "{file} could not be taken, trying again in {retry} s: {reason}",
        {
          file: file.path,
          retry: RETRY_MS / 1000,
          reason: error instanceof Error ? error.message : String(error),
        },
      );
      watcher.forget();
      return RETRY_MS;
    }
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

/** Where a file may be dropped: an LMDB environment is a directory. */
function dropPaths(file: string): string[] {
  return [file, join(file, "data.mdb")];
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
