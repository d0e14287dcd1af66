/**
 * `goromdb serve`: the server as a program.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { conflictsInListener } from "../config/conflicts.ts";
import { ConfigurationError, readConfiguration } from "../config/file.ts";
import {
  type Configuration,
  DATABASE_FLAGS,
  LISTENER_FLAGS,
  PROGRAM_FLAGS,
  ROUTE_FLAGS,
} from "../config/settings.ts";
import { DEFAULT_DATABASE } from "../protocol/protocol.ts";
import { Service } from "../service/service.ts";
import { FailureError, UsageError } from "./errors.ts";
import { path, readFlags } from "./flags.ts";
import { followLauncher } from "./launcher.ts";
import { startLogging } from "./logging.ts";
import type { Signals } from "./signals.ts";

const logger = getLogger(["goromdb", "serve"]);

const { addr, proto, ...listener } = LISTENER_FLAGS;

/** Whoever signals twice at once, as `timeout` does, means it once; in ms. */
const AT_ONCE_MS = 1000;

/** The flags of `serve`. */
export const SERVE_FLAGS = {
  addr,
  proto,
  ...DATABASE_FLAGS,
  ...listener,
  ...PROGRAM_FLAGS,
  config: path(
    "PATH",
    "a configuration file, for several databases or listeners; instead of all other flags",
  ),
};

/**
 * What a command line says: all of it, or where the file is that says it.
 *
 * @throws {UsageError} if the command line is wrong.
 */
export function readCommandLine(
  argv: readonly string[],
): { configuration: Configuration } | { file: string } {
  const { values, operands, given } = readFlags(SERVE_FLAGS, argv);
  if (operands.length > 0) {
    throw new UsageError(
      `"${operands[0]}" is not understood: flags begin with a dash`,
    );
  }
  const { config, file, ...rest } = values;
  if (config !== undefined) {
    const other = given.find((name) => name !== "config");
    if (other === undefined) return { file: config };
    throw new UsageError(
      `-${other} and -config cannot go together: say it in ${config}`,
    );
  }
  if (file === undefined) {
    throw new UsageError("-file PATH is missing: the data file to watch for");
  }
  if (rest["keep-previous"] && rest.basedir === undefined) {
    throw new UsageError("-keep-previous needs -basedir DIRECTORY");
  }
  const name = DEFAULT_DATABASE;
  const listener = {
    ...pick(rest, LISTENER_FLAGS),
    "route-separator": ROUTE_FLAGS["route-separator"].fallback,
    databases: [name],
  };
  for (const { key, what } of conflictsInListener(listener)) {
    throw new UsageError(`-${key}: ${what}`);
  }
  return {
    configuration: {
      databases: [{ ...pick(rest, DATABASE_FLAGS), name, file }],
      listeners: [listener],
      ...pick(rest, PROGRAM_FLAGS),
    },
  };
}

/** The values that belong to a table of flags. */
function pick<V extends object, F extends object>(
  values: V,
  flags: F,
): Pick<V, keyof V & keyof F> {
  const own = Object.entries(values).filter(([name]) =>
    Object.hasOwn(flags, name)
  );
  return Object.fromEntries(own) as Pick<V, keyof V & keyof F>;
}

/**
 * Reads a configuration file.
 *
 * @throws {FailureError} with a line for each thing that is wrong with it.
 */
export async function readFile(path: string): Promise<Configuration> {
  try {
    return await readConfiguration(path);
  } catch (error) {
    if (error instanceof ConfigurationError) {
      throw new FailureError(error.message);
    }
    if (error instanceof Deno.errors.NotFound) {
      throw new FailureError(`-config ${path} does not exist`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new FailureError(`cannot read -config ${path}: ${reason}`);
  }
}

/**
 * Serves until a signal, or for good.
 *
 * @returns the exit code.
 * @throws {UsageError} if the command line is wrong.
 * @throws {FailureError} if the server cannot be started.
 */
export async function serve(
  argv: readonly string[],
  signals: Signals,
): Promise<number> {
  const said = readCommandLine(argv);
  const configuration = "file" in said
    ? await readFile(said.file)
    : said.configuration;
  startLogging(configuration["log-format"] ?? "text");
  surviveFileLimit();

  const stop = new AbortController();
  const service = new Service(stop.signal);
  const begun = service.apply(configuration);
  let turn = begun;
  const inTerminal = Deno.stdin.isTerminal();
  let askedAt = 0;
  signals.handle((signal) => {
    if (signal === "SIGHUP") {
      // A terminal that is closed says the same as somebody who wants a reload.
      if (!inTerminal || Deno.stdin.isTerminal()) {
        turn = turn.then(() => reload(service, said));
      } else stop.abort();
    } else if (!stop.signal.aborted) {
      askedAt = performance.now();
      stop.abort();
    } else if (performance.now() - askedAt > AT_ONCE_MS) {
      logger.warn("ended at once, by another {signal}", { signal });
      Deno.exit(1);
    }
  });
  followLauncher(() => {
    logger.info("npm, which has started this server, has ended");
    stop.abort();
  });
  await begun;
  await aborted(stop.signal);
  await turn;
  logger.info("stopping: finishing requests in flight");
  await service.stop();
  logger.info("stopped");
  return 0;
}

/** A file that may not grow any longer (`ulimit -f`) is an error like others. */
function surviveFileLimit(): void {
  if (Deno.build.os === "windows") return;
  Deno.addSignalListener("SIGXFSZ", () => {});
}

/**
 * Serves what the configuration file says now, if there is one, and reads all
 * that belongs to it again; if something is wrong with it, serves as before.
 */
async function reload(
  service: Service,
  said: ReturnType<typeof readCommandLine>,
): Promise<void> {
  try {
    if ("file" in said) {
      const configuration = await readFile(said.file);
      await service.apply(configuration);
      startLogging(configuration["log-format"] ?? "text");
    }
    await service.refresh();
    logger.info(
      "SIGHUP: {what} read again, and in force; looking for new data",
      {
        what: "file" in said
          ? `${said.file}, users, tokens and certificates`
          : "users, tokens and certificates",
      },
    );
  } catch (error) {
    const reasons = error instanceof Error ? error.message : String(error);
    for (const reason of reasons.split("\n")) {
      logger.error("not reloaded, serving as before: {reason}", { reason });
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
