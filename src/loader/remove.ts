/**
 * Removing what is done with, and nothing that somebody has put in its place.
 *
 * Whoever looks at a file and then removes it may remove another one, which was
 * dropped in between. So a file is first renamed to `FILE.taken`, where nobody
 * replaces it, then looked at, and then removed or put back.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { identify, sameFile, sameIfRenamed } from "../watcher/file_identity.ts";
import { algorithmOf } from "../watcher/sum.ts";
import { readSum } from "../watcher/sum_file.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";

const logger = getLogger(["goromdb", "loader"]);

/** What is called before each step that changes a file. */
export type BeforeStep = (step: string) => void;

/** Removes a file; that there is none is as good. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What is done with is not in the way of what has been loaded. */
export function tellLeftover(error: unknown): void {
  logger.warn("cannot remove what has been loaded: {reason}", {
    reason: error instanceof Error ? error.message : String(error),
  });
}

/** Where a file lies while it is looked at. */
export function takenPath(path: string): string {
  return `${path}.taken`;
}

/**
 * Removes the sum file of a data file that has been taken, if it says its sum.
 * With another sum, or if there is a data file again, it belongs to what was
 * dropped meanwhile, and what would wait for its sum for ever.
 */
export async function removeSum(
  file: Pick<VerifiedFile, "path" | "sum"> & { sumPath: string },
  beforeStep: BeforeStep,
): Promise<void> {
  await removeIf("the sum", file.sumPath, beforeStep, async (taken) => {
    const said = await readSum(taken, algorithmOf(file.sum), file.path);
    return said?.sum === file.sum && await identify(file.path) === undefined;
  });
}

/** Removes a data file that has been copied, if it is still that one. */
export async function removeOriginal(
  { path, identity }: VerifiedFile,
  beforeStep: BeforeStep,
): Promise<void> {
  if (!sameFile(await identify(path), identity)) return;
  await removeIf(
    "the original",
    path,
    beforeStep,
    async (taken) => sameIfRenamed(await identify(taken), identity),
  );
}

/**
 * Gives a file its former name again, unless there is another by now: then it
 * is out of date, and removed.
 */
export async function putBack(from: string, to: string): Promise<void> {
  try {
    // A rename would replace the other.
    await Deno.link(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw error;
    // Some file systems have no links: there a moment remains.
    const free = !(error instanceof Deno.errors.AlreadyExists) &&
      await Deno.lstat(to).then(() => false, () => true);
    if (free) return await Deno.rename(from, to);
  }
  await Deno.remove(from);
}

async function removeIf(
  what: string,
  path: string,
  beforeStep: BeforeStep,
  isRight: (taken: string) => Promise<boolean>,
): Promise<void> {
  const taken = takenPath(path);
  beforeStep(`take ${what} away`);
  try {
    await Deno.rename(path, taken);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  beforeStep(`look at ${what}`);
  if (await isRight(taken).catch(() => false)) {
    beforeStep(`remove ${what}`);
    await removeIfThere(taken);
  } else {
    beforeStep(`put ${what} back`);
    await putBack(taken, path);
  }
}
