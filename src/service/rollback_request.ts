/**
 * How a server is told to roll a database back: by a file in its base directory,
 * which the server takes away when it is done.
 *
 * @module
 */

import { join } from "node:path";
import { getLogger } from "@logtape/logtape";
import { removeIfThere } from "../loader/remove.ts";
import { pause } from "./pause.ts";

const logger = getLogger(["goromdb", "serve"]);

const NAME = "goromdb.rollback";

/** How often to look for a request, in milliseconds. */
const INTERVAL = 250;

/** Where the request for a base directory is. */
export function requestPath(basedir: string): string {
  return join(basedir, NAME);
}

/**
 * Fulfils the requests that come into a base directory, until the signal; those
 * that were there before are dropped.
 */
export async function fulfilRequests(
  basedir: string,
  signal: AbortSignal,
  rollBack: () => Promise<unknown>,
): Promise<void> {
  const path = requestPath(basedir);
  await tried("drop an old request to roll back", () => removeIfThere(path));
  while (!signal.aborted) {
    if (await Deno.lstat(path).then(() => true, () => false)) {
      await tried("roll back", rollBack);
      await tried("take the request away", () => removeIfThere(path));
    }
    await pause(INTERVAL, signal);
  }
}

/** What cannot be done is told, and the next request is waited for. */
async function tried(
  what: string,
  work: () => Promise<unknown>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    logger.error("cannot {what}: {reason}", {
      what,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}
