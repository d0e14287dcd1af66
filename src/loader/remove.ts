/**
 * Removing what is done with, and nothing that somebody has put in its place.
 *
 * @module
 */

import { readSum } from "../watcher/sum.ts";

/** Removes a file; that there is none is as good. */
export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/**
 * Removes a sum file if it says `sum`. With another sum it belongs to a file
 * that was dropped meanwhile, and that would wait for its sum for ever.
 */
export async function removeSum(path: string, sum: string): Promise<void> {
  const found = await readSum(path, sum.length === 64 ? "sha256" : "md5");
  if (found === sum) await removeIfThere(path);
}
