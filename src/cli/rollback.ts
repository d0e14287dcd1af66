/**
 * `goromdb rollback`: serves the file again that was served before.
 *
 * A server that runs is told, and swaps; without one the newer file is put aside,
 * so that the next start serves the older.
 *
 * @module
 */

import { claim, InUseError } from "../loader/lock.ts";
import { SlotLoader } from "../loader/slot_loader.ts";
import { requestPath } from "../service/rollback_request.ts";
import { FailureError, UsageError } from "./errors.ts";
import { readFlags, text } from "./flags.ts";

/** How long a server may take to open the older file, in milliseconds. */
const PATIENCE = 60_000;

/** How often to look whether it has, in milliseconds. */
const INTERVAL = 50;

/** The flags of `rollback`. */
export const ROLLBACK_FLAGS = {
  basedir: text(
    "DIRECTORY",
    "the base directory of a server with -keep-previous (required)",
  ),
};

/**
 * Rolls back.
 *
 * @returns the exit code.
 * @throws {UsageError} if the command line is wrong.
 * @throws {FailureError} if there is nothing to roll back to.
 */
export async function rollback(argv: readonly string[]): Promise<number> {
  const { values: { basedir }, operands } = readFlags(ROLLBACK_FLAGS, argv);
  if (basedir === undefined || operands.length > 0) {
    throw new UsageError("write goromdb rollback -basedir DIRECTORY");
  }
  try {
    using _lock = await claim(basedir);
    await rollBackFiles(basedir);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new FailureError(`-basedir ${basedir} does not exist`);
    }
    if (!(error instanceof InUseError)) throw error;
    await rollBackServer(basedir, error.pid);
  }
  const [file] = await new SlotLoader(basedir).list();
  console.log(`rolled back to ${file.path}, sum ${file.sum}`);
  return 0;
}

/** Nobody serves the directory. */
async function rollBackFiles(basedir: string): Promise<void> {
  const loader = new SlotLoader(basedir);
  const [newest, previous] = await loader.list();
  if (previous === undefined) throw nothing(basedir);
  await loader.reject(newest, "rolled back");
}

/** The server takes the request away when it is done. */
async function rollBackServer(basedir: string, pid: number): Promise<void> {
  const [newest, previous] = await new SlotLoader(basedir).list();
  if (previous === undefined) throw nothing(basedir);
  const request = requestPath(basedir);
  await Deno.writeTextFile(request, "");
  const end = performance.now() + PATIENCE;
  while (await exists(request) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, INTERVAL));
  }
  if (!await exists(newest.path) && await exists(previous.path)) return;
  throw new FailureError(
    `the server ${pid} has not rolled back: its log says why`,
  );
}

function nothing(basedir: string): FailureError {
  return new FailureError(
    `nothing to roll back to: ${basedir} holds no previous file; serve with -keep-previous`,
  );
}

function exists(path: string): Promise<boolean> {
  return Deno.stat(path).then(() => true, () => false);
}
