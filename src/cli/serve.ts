/**
 * `goromdb serve`: the server as a program.
 *
 * @module
 */

import { dirname } from "node:path";
import { getLogger } from "@logtape/logtape";
import { Database } from "../handler/database.ts";
import { InPlaceLoader } from "../loader/loader.ts";
import { claim, InUseError } from "../loader/lock.ts";
import { SlotLoader } from "../loader/slot_loader.ts";
import { PROTOCOL_NAMES } from "../protocol/registry.ts";
import {
  type Address,
  formatAddress,
  parseAddress,
} from "../server/address.ts";
import { ServerPool } from "../server/pool.ts";
import { BackgroundStorage } from "../storage/background.ts";
import { lmdbFile } from "../storage/lmdb/lmdb.ts";
import type { MemoryMode } from "../storage/memory/memory.ts";
import { VERSION } from "../version.ts";
import { FileWatcher, WATCH_MODES } from "../watcher/file_watcher.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import { FailureError, UsageError } from "./errors.ts";
import {
  choice,
  type Flag,
  readFlags,
  text,
  toggle,
  type Values,
  whole,
} from "./flags.ts";
import { LOG_FORMATS, startLogging } from "./logging.ts";
import { STORAGE_FLAGS, storageOf } from "./storage_flags.ts";

const logger = getLogger(["goromdb", "serve"]);

/** What makes a server roll back. */
export const ROLLBACK_SIGNAL: Deno.Signal = "SIGUSR2";

/** How long to wait before a file that could not be moved is tried again. */
const RETRY = 5000;

/** The flags of `serve`. */
export const SERVE_FLAGS = {
  addr: {
    placeholder: "ADDRESS",
    help:
      "where to listen: HOST:PORT, [IPV6]:PORT, :PORT for every interface, or unix:PATH; several with commas between them",
    standard: "127.0.0.1:11211",
    fallback: [parseAddress("127.0.0.1:11211")],
    read: (text) => text.split(",").map(parseAddress),
  } as Flag<Address[]>,
  proto: choice(PROTOCOL_NAMES, "what clients speak", "memcached"),
  file: text("PATH", "the data file to watch for (required)"),
  basedir: text(
    "DIRECTORY",
    "move each new data file here, into data00 and data01 in turn; without it the file is served where it lies",
  ),
  "keep-previous": toggle(
    "keep the file that was served before, for goromdb rollback",
  ),
  ...STORAGE_FLAGS,
  watch: {
    ...choice(
      WATCH_MODES,
      "when a new file counts as complete: its PATH.md5 or PATH.sha256 is right, or it has stopped changing (simple)",
    ),
    standard: "md5 with -basedir, simple without",
  },
  interval: whole(
    "MS",
    "how often to look for a new file, should the system not tell",
    5000,
    10,
    86_400_000,
  ),
  workers: {
    placeholder: "N|auto",
    help: "threads that serve",
    standard: "auto: one a core",
    fallback: "auto",
    read(text) {
      if (text === "auto") return text;
      if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
      throw new RangeError("it must be auto, or a number from 1 to 999");
    },
  } as Flag<number | "auto">,
  transport: choice(
    ["auto", "deno", "epoll"],
    "what moves the bytes: the C library's epoll (Linux), or Deno.listen",
    "auto",
  ),
  memory: choice(
    ["auto", "map", "read"],
    "how a file of a format that is read in place becomes bytes: mapped, or read whole; auto maps a large file in -basedir, where nobody else writes to it",
    "auto",
  ),
  warm: toggle("bring the whole file into memory before it is served"),
  "max-conns": whole("N", "connections at a time", 1024, 1, 1_000_000),
  "idle-timeout": whole(
    "MS",
    "close connections after so long without a byte; 0: never",
    0,
    0,
    86_400_000,
  ),
  "log-format": choice(LOG_FORMATS, "how log lines look", "text"),
};

type ServeValues = Values<typeof SERVE_FLAGS>;

/**
 * Serves until a signal, or for good.
 *
 * @returns the exit code.
 * @throws {UsageError} if the command line is wrong.
 * @throws {FailureError} if the server cannot be started.
 */
export async function serve(argv: readonly string[]): Promise<number> {
  const { values, operands } = readFlags(SERVE_FLAGS, argv);
  if (operands.length > 0) {
    throw new UsageError(
      `"${operands[0]}" is not understood: flags begin with a dash`,
    );
  }
  if (values.file === undefined) {
    throw new UsageError("-file PATH is missing: the data file to watch for");
  }
  await mustBeDirectory(
    dirname(values.file),
    `the directory of -file ${values.file}`,
  );
  const file = await dataFile(values.file);
  const { basedir } = values;
  if (basedir !== undefined) {
    await mustBeDirectory(basedir, `-basedir ${basedir}`);
  } else if (values["keep-previous"]) {
    throw new UsageError("-keep-previous needs -basedir DIRECTORY");
  }
  startLogging(values["log-format"] ?? "text");

  const { storage, options, separator } = storageOf(
    values,
    (storage) => new BackgroundStorage(storage),
  );
  const pool = new ServerPool({
    addresses: values.addr,
    protocol: values.proto ?? "memcached",
    storage: storage.name,
    separator,
    transport: values.transport,
    threads: values.workers,
    limits: {
      maxConnections: values["max-conns"],
      idleTimeout: values["idle-timeout"],
    },
  });
  const database = new Database({
    storage,
    options: { ...options, warm: values.warm, memory: memoryOf(values) },
    loader: basedir === undefined
      ? new InPlaceLoader()
      : new SlotLoader(basedir, { keepPrevious: values["keep-previous"] }),
    targets: [pool],
    counters: pool.counters,
  });
  const watcher = new FileWatcher({
    path: file,
    mode: values.watch ?? (basedir === undefined ? "simple" : "md5"),
    interval: values.interval,
  });

  // The address is taken before any file is moved: a second server that was
  // started by mistake must not touch what the first one serves.
  const addresses = await bind(pool, values.addr);
  const lock = basedir === undefined ? undefined : await claimOrFail(basedir);
  const stop = stopOnSignals();
  const work = new Turns();
  Deno.addSignalListener(ROLLBACK_SIGNAL, () => {
    work.take(() => database.rollBack());
  });
  await work.take(() => database.recover());
  const first = await watcher.look(stop);
  if (first !== undefined) {
    await work.take(() => load(database, watcher, first, stop));
  }
  if (!database.loaded) {
    logger.warn("no data yet: every get is a miss until {file} is loaded", {
      file,
    });
  }
  await pool.start();
  logger.info(
    "goromdb {version} listening on {addresses} ({protocol}, {transport}, {workers} workers), watching {file}, pid {pid}",
    {
      version: VERSION,
      addresses: addresses.map(formatAddress).join(", "),
      protocol: pool.spec.protocol,
      transport: pool.spec.transport,
      workers: pool.spec.threads,
      file,
      pid: Deno.pid,
    },
  );
  for await (const next of watcher.watch(stop)) {
    await work.take(() => load(database, watcher, next, stop));
  }
  logger.info("stopping: finishing requests in flight");
  await pool.stop();
  lock?.close();
  logger.info("stopped");
  return 0;
}

/** A base directory that two servers use would be the ruin of both. */
async function claimOrFail(basedir: string): Promise<Deno.FsFile> {
  try {
    return await claim(basedir);
  } catch (error) {
    if (!(error instanceof InUseError)) throw error;
    throw new FailureError(
      `-basedir ${error.message}: stop it, or choose another directory`,
    );
  }
}

/** Lets loads and roll-backs have their turns, one after the other. */
class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(work);
    this.#last = turn.catch(() => {});
    return turn;
  }
}

/**
 * A file that somebody writes to while it is mapped would end the process; only
 * one that is in a slot is safe from that.
 */
function memoryOf({ memory, basedir }: ServeValues): MemoryMode {
  if (memory !== undefined && memory !== "auto") return memory;
  return basedir === undefined ? "read" : "auto";
}

/** Loads a file; one that could not even be moved is tried again later. */
async function load(
  database: Database,
  watcher: FileWatcher,
  file: VerifiedFile,
  signal: AbortSignal,
): Promise<void> {
  try {
    await database.load(file);
  } catch (error) {
    logger.error(
      "{file} could not be taken, trying again in {retry} s: {reason}",
      {
        file: file.path,
        retry: RETRY / 1000,
        reason: error instanceof Error ? error.message : String(error),
      },
    );
    watcher.forget();
    await pause(RETRY, signal);
  }
}

async function bind(
  pool: ServerPool,
  wanted: readonly Address[],
): Promise<readonly Address[]> {
  try {
    return await pool.bind();
  } catch (error) {
    const where = wanted.map(formatAddress).join(", ");
    if (error instanceof RangeError) throw new UsageError(error.message);
    if (error instanceof Deno.errors.AddrInUse) {
      throw new FailureError(
        `${where} is in use: stop the program that listens there, or choose another -addr`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new FailureError(`cannot listen on ${where}: ${reason}`);
  }
}

/** The file to watch: in an LMDB environment's directory, the one with the data. */
async function dataFile(path: string): Promise<string> {
  try {
    return await lmdbFile(path);
  } catch {
    return path; // It is not there yet, or not to be read yet.
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

/** Aborts at the first SIGINT or SIGTERM; the second ends the process. */
function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      if (stop.signal.aborted) Deno.exit(1);
      stop.abort();
    });
  }
  return stop.signal;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
