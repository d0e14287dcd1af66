/**
 * The whole server: databases and listeners as a configuration has them. When
 * the configuration changes, they come and go, and what stays is not touched.
 *
 * @module
 */

import { dirname, resolve } from "node:path";
import { SLOTS } from "../loader/slot_paths.ts";
import { isDeepStrictEqual } from "node:util";
import { getLogger } from "@logtape/logtape";
import { FailureError, UsageError } from "../cli/errors.ts";
import type {
  Configuration,
  DatabaseSettings,
  ListenerSettings,
} from "../config/settings.ts";
import { claim, InUseError } from "../loader/lock.ts";
import {
  createBudget,
  setLimit,
  type SharedBudget,
} from "../protocol/memory_budget.ts";
import { formatAddress } from "../server/address.ts";
import {
  descriptorLimit,
  DescriptorLimitError,
  type ListenerShare,
  shareDescriptors,
} from "../server/descriptor_limit.ts";
import { returnFreedMemory } from "../server/freed_memory.ts";
import { machineMemory } from "../storage/memory/machine_memory.ts";
import { RunningDatabase } from "./running_database.ts";
import { RunningListener } from "./running_listener.ts";

const logger = getLogger(["goromdb", "serve"]);

/** Serves what a configuration says. */
export class Service {
  #databases: RunningDatabase[] = [];
  #listeners: RunningListener[] = [];
  /** The locks on base directories, by path. */
  readonly #locks = new Map<string, Deno.FsFile>();
  readonly #signal: AbortSignal;
  /** What clients may make the process hold. */
  readonly #memory: SharedBudget = createBudget(0);
  readonly #stopTrimming: () => void;

  /**
   * Serves nothing yet.
   *
   * @param signal no new file is taken once it aborts.
   */
  constructor(signal: AbortSignal) {
    this.#signal = signal;
    this.#stopTrimming = returnFreedMemory(this.#memory);
  }

  /**
   * Serves what the configuration says from now on.
   *
   * Everything that may fail comes first: then the server is as it was before.
   * A database whose settings have changed goes on serving its data until it has
   * new ones; a listener whose settings have changed is closed, and opened again.
   *
   * @throws {FailureError} if a directory or an address cannot be had.
   * @throws {UsageError} if this system cannot do what is asked for.
   */
  async apply(configuration: Configuration): Promise<void> {
    for (const database of configuration.databases) await mustExist(database);
    const coming = configuration.listeners.filter((settings) =>
      !this.#listeners.some((one) => sameListener(settings, one.settings))
    );
    const going = this.#listeners.filter(({ settings }) =>
      !configuration.listeners.some((next) => sameListener(next, settings))
    );
    // An address that a listener has which goes is free only when it has gone.
    const blocked = (settings: ListenerSettings) =>
      going.some((one) => overlap(settings.addr, one.settings.addr));
    const limit = configuration["max-memory"] ?? machineMemory() / 10;
    const shares = sharesOf(configuration.listeners);
    const claimed = await this.#claim(configuration.databases);
    const bound: RunningListener[] = [];
    try {
      for (const settings of coming) {
        if (!blocked(settings)) {
          bound.push(await bind(settings, shares, this.#memory));
        }
      }
      const inTheWay = going.filter((one) =>
        coming.some(({ addr }) => overlap(addr, one.settings.addr))
      );
      await Promise.all(inTheWay.map((listener) => listener.stop()));
      this.#listeners = this.#listeners.filter((one) =>
        !inTheWay.includes(one)
      );
      for (const settings of coming) {
        if (blocked(settings)) {
          bound.push(await bind(settings, shares, this.#memory));
        }
      }
    } catch (error) {
      await Promise.all(bound.map((listener) => listener.stop()));
      for (const basedir of claimed) this.#unlock(basedir);
      throw error;
    }
    setLimit(this.#memory, limit);
    await this.#change(configuration, bound);
  }

  /**
   * Reads users, tokens and certificates again, and looks for new data at once.
   *
   * @throws {FailureError} if some of them cannot be used: those stay as they
   * were.
   */
  async refresh(): Promise<void> {
    for (const database of this.#databases) database.lookNow();
    const outcomes = await Promise.allSettled(
      this.#listeners.map((listener) => listener.refresh()),
    );
    const failed = outcomes.find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  /** Finishes loads and requests in flight, and lets go of everything. */
  async stop(): Promise<void> {
    await Promise.all(this.#databases.map((database) => database.stop()));
    await Promise.all(this.#listeners.map((listener) => listener.stop()));
    for (const basedir of [...this.#locks.keys()]) this.#unlock(basedir);
    this.#stopTrimming();
  }

  /** Makes everything as it is to be, also if a part fails, which is thrown. */
  async #change(
    { databases, listeners }: Configuration,
    bound: readonly RunningListener[],
  ): Promise<void> {
    const former = this.#databases;
    const begun: RunningDatabase[] = [];
    this.#databases = [];
    for (const settings of databases) {
      const before = former.find((one) => one.settings.name === settings.name);
      if (before && isDeepStrictEqual(before.settings, settings)) {
        this.#databases.push(before);
        continue;
      }
      await before?.stop();
      const next = new RunningDatabase(settings, this.#signal, before);
      for (const listener of this.#listeners) {
        if (before) listener.replace(before, next);
      }
      begun.push(next);
      this.#databases.push(next);
    }
    const listening = [...this.#listeners, ...bound];
    const kept: [RunningListener, RunningDatabase[]][] = listeners.map((to) => [
      listening.find(({ settings }) => sameListener(settings, to))!,
      this.#chosen(to),
    ]);
    this.#listeners = kept.map(([listener]) => listener);

    // What goes takes no new file: another may have its directory. But its data
    // are served until what comes has some.
    const gone = former.filter(({ settings }) =>
      !databases.some(({ name }) => name === settings.name)
    );
    await Promise.all(gone.map((database) => database.stop()));
    await Promise.all(
      kept.map(([listener, databases]) => listener.join(databases)),
    );
    const started = await Promise.allSettled(
      begun.map((database) => database.start()),
    );
    await Promise.all(
      kept.map(([listener, databases]) => listener.serve(databases)),
    );
    await Promise.all(bound.map((listener) => listener.start()));
    await Promise.all(
      listening.filter((listener) => !this.#listeners.includes(listener))
        .map((listener) => listener.stop()),
    );
    for (const database of gone) {
      database.close();
      logger.info("{database} is served no more", {
        database: database.settings.name,
      });
    }
    for (const basedir of [...this.#locks.keys()]) {
      if (!databases.some((one) => lockOf(one) === basedir)) {
        this.#unlock(basedir);
      }
    }
    for (const outcome of started) {
      if (outcome.status === "rejected") throw outcome.reason;
    }
  }

  /** The databases of a listener, in its order. */
  #chosen({ databases }: ListenerSettings): RunningDatabase[] {
    return databases.map((name) =>
      this.#databases.find(({ settings }) => settings.name === name)!
    );
  }

  /** Locks the base directories that are not locked yet, or none of them. */
  async #claim(databases: readonly DatabaseSettings[]): Promise<string[]> {
    const claimed: string[] = [];
    for (const database of databases) {
      const basedir = lockOf(database);
      if (basedir === undefined || this.#locks.has(basedir)) continue;
      try {
        this.#locks.set(basedir, await claim(basedir));
        claimed.push(basedir);
      } catch (error) {
        for (const basedir of claimed) this.#unlock(basedir);
        if (error instanceof InUseError) {
          throw new FailureError(
            `-basedir ${error.message}: stop it, or choose another directory`,
          );
        }
        const reason = error instanceof Error ? error.message : String(error);
        throw new FailureError(
          `-basedir ${basedir} must be a directory that this user may write to: ${
            reason.replace(/: open '.*$/, "")
          }`,
        );
      }
    }
    return claimed;
  }

  #unlock(basedir: string): void {
    this.#locks.get(basedir)?.close();
    this.#locks.delete(basedir);
  }
}

/** Two servers on one base directory would be the ruin of both. */
function lockOf({ basedir }: DatabaseSettings): string | undefined {
  return basedir === undefined ? undefined : resolve(basedir);
}

/** The databases of a listener may change while it runs, all else may not. */
function sameListener(a: ListenerSettings, b: ListenerSettings): boolean {
  return isDeepStrictEqual({ ...a, databases: [] }, { ...b, databases: [] });
}

function overlap(
  some: ListenerSettings["addr"],
  others: ListenerSettings["addr"],
): boolean {
  const taken = others.map(formatAddress);
  return some.some((address) => taken.includes(formatAddress(address)));
}

/** What each listener can have of what it is set to. */
type Shares = ReadonlyMap<ListenerSettings, ListenerShare>;

/**
 * Shares the descriptors of the process among the listeners.
 *
 * @throws {FailureError} if there are too few.
 */
function sharesOf(listeners: readonly ListenerSettings[]): Shares {
  const needs = listeners.map((settings) => ({
    threads: settings.workers,
    maxConnections: settings["max-conns"],
  }));
  const limit = descriptorLimit() ?? Infinity;
  let shares: readonly ListenerShare[];
  try {
    shares = shareDescriptors(limit, needs, navigator.hardwareConcurrency);
  } catch (error) {
    if (!(error instanceof DescriptorLimitError)) throw error;
    throw new FailureError(error.message);
  }
  return new Map(listeners.map((settings, n) => {
    const share = shares[n];
    if (share.maxConnections < settings["max-conns"]) {
      logger.warn(
        "{listener}: {connections} connections at a time instead of {wanted}, because this process may open {limit} files: raise ulimit -n (LimitNOFILE= in systemd), or say -max-conns",
        {
          listener: settings.addr.map(formatAddress).join(", "),
          connections: share.maxConnections,
          wanted: settings["max-conns"],
          limit,
        },
      );
    }
    return [settings, share];
  }));
}

async function bind(
  settings: ListenerSettings,
  shares: Shares,
  memory: SharedBudget,
): Promise<RunningListener> {
  try {
    return await RunningListener.bind(
      settings,
      shares.get(settings)!,
      memory,
    );
  } catch (error) {
    if (error instanceof FailureError) throw error;
    if (error instanceof RangeError) throw new UsageError(error.message);
    const where = settings.addr.map(formatAddress).join(", ");
    if (error instanceof Deno.errors.AddrInUse) {
      throw new FailureError(
        `${where} is in use: stop the program that listens there, or choose another -addr`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new FailureError(`cannot listen on ${where}: ${reason}`);
  }
}

async function mustExist({ file, basedir }: DatabaseSettings): Promise<void> {
  await mustBeDirectory(dirname(file), `the directory of -file ${file}`);
  if (basedir !== undefined) {
    await mustBeDirectory(basedir, `-basedir ${basedir}`);
    // The slots are cleared up: what is dropped there would be lost.
    if (
      SLOTS.some((slot) => resolve(basedir, slot) === resolve(dirname(file)))
    ) {
      throw new FailureError(
        `-file ${file} is in a slot of -basedir ${basedir}: drop files in another directory`,
      );
    }
  }
}

async function mustBeDirectory(path: string, what: string): Promise<void> {
  const info = await Deno.stat(path).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new FailureError(`cannot use ${what}: ${error.message}`);
  });
  if (info === undefined) {
    throw new FailureError(`${what} does not exist: make it with mkdir -p`);
  }
  if (!info.isDirectory) throw new FailureError(`${what} is not a directory`);
}
