/**
 * `goromdb serve`: the server as a program.
 *
 * @module
 */

import { dirname } from "node:path";
import { getLogger } from "@logtape/logtape";
import { Database } from "../handler/database.ts";
import { NamespacedStorage } from "../handler/namespaced.ts";
import { SimpleHandler } from "../handler/simple.ts";
import { InPlaceLoader, type Loader } from "../loader/loader.ts";
import { SlotLoader } from "../loader/slot_loader.ts";
import { MemcachedProtocol } from "../protocol/memcached/memcached.ts";
import {
  type Address,
  formatAddress,
  parseAddress,
} from "../server/address.ts";
import { Server } from "../server/server.ts";
import { BackgroundStorage } from "../storage/background.ts";
import { createStorage, STORAGE_NAMES } from "../storage/registry.ts";
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

const logger = getLogger(["goromdb", "serve"]);

/** How long to wait before a file that could not be moved is tried again. */
const RETRY = 5000;

/** The flags of `serve`. */
export const SERVE_FLAGS = {
  addr: {
    placeholder: "ADDRESS",
    help:
      "where to listen: HOST:PORT, [IPV6]:PORT, or :PORT for every interface",
    standard: "127.0.0.1:11211",
    fallback: parseAddress("127.0.0.1:11211"),
    read: parseAddress,
  } as Flag<Address>,
  proto: choice(["memcached"], "what clients speak", "memcached"),
  handler: choice(
    ["simple", "namespaced"],
    "how keys are found: as they are, or as NAMESPACE:KEY",
    "simple",
  ),
  "ns-separator": {
    placeholder: "CHARACTER",
    help: "what parts namespace and key with -handler namespaced",
    standard: ":",
    fallback: ":",
    read(text) {
      if (/^[!-~]$/.test(text)) return text;
      throw new RangeError("it must be one ASCII character that shows");
    },
  } as Flag<string>,
  storage: choice(STORAGE_NAMES, "the format of the data file", "json"),
  file: text("PATH", "the data file to watch for (required)"),
  gzipped: toggle(
    "the data file is gzip'd (recognised without this flag, too)",
  ),
  basedir: text(
    "DIRECTORY",
    "move each new data file here, into data00 and data01 in turn; without it the file is served where it lies",
  ),
  bucket: text("NAME", "the bucket or named database to serve"),
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
  const file = values.file;
  await mustBeDirectory(dirname(file), `the directory of -file ${file}`);
  const { basedir } = values;
  if (basedir !== undefined) {
    await mustBeDirectory(basedir, `-basedir ${basedir}`);
  }
  startLogging(values["log-format"] ?? "text");

  const storage = servedStorage(values);
  const handler = new SimpleHandler(storage);
  const loader: Loader = basedir === undefined
    ? new InPlaceLoader()
    : new SlotLoader(basedir);
  const { bucket, gzipped } = values;
  const options = { bucket, gzipped };
  const database = new Database({
    storage,
    options,
    loader,
    targets: [handler],
  });
  const watcher = new FileWatcher({
    path: file,
    mode: values.watch ?? (basedir === undefined ? "simple" : "md5"),
    interval: values.interval,
  });
  const server = new Server({
    protocol: new MemcachedProtocol(),
    handler,
    maxConnections: values["max-conns"],
    idleTimeout: values["idle-timeout"],
  });

  // The address is taken before any file is moved: a second server that was
  // started by mistake must not touch what the first one serves.
  const address = bind(server, values.addr);
  const stop = stopOnSignals();
  await database.recover();
  const first = await watcher.look(stop);
  if (first !== undefined) await load(database, watcher, first, stop);
  if (handler.current === undefined) {
    logger.warn("no data yet: every get is a miss until {file} is loaded", {
      file,
    });
  }
  server.start();
  logger.info(
    "goromdb {version} listening on {address} ({protocol}), watching {file}, pid {pid}",
    {
      version: VERSION,
      address: formatAddress(address),
      protocol: values.proto,
      file,
      pid: Deno.pid,
    },
  );
  for await (const next of watcher.watch(stop)) {
    await load(database, watcher, next, stop);
  }
  logger.info("stopping: finishing requests in flight");
  await server.stop();
  logger.info("stopped");
  return 0;
}

function servedStorage(values: ServeValues) {
  const storage = new BackgroundStorage(
    createStorage(values.storage ?? "json"),
  );
  return values.handler === "namespaced"
    ? new NamespacedStorage(storage, values["ns-separator"])
    : storage;
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

function bind(server: Server, address: Address): Address {
  try {
    return server.bind(address);
  } catch (error) {
    const where = formatAddress(address);
    if (error instanceof Deno.errors.AddrInUse) {
      throw new FailureError(
        `${where} is in use: stop the program that listens there, or choose another -addr`,
      );
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new FailureError(`cannot listen on ${where}: ${reason}`);
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
