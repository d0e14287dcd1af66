/**
 * Whether a file has the sum that it should have.
 *
 * @module
 */

import { sumInBackground } from "../watcher/background_sum.ts";
import { identify } from "../watcher/file_identity.ts";
import { algorithmOf, OtherFileError } from "../watcher/sum.ts";

/**
 * Reads the whole file, away from the threads that serve.
 *
 * @returns false also if there is no file.
 * @throws {Deno.errors.PermissionDenied} and its like if it cannot be read.
 */
export async function hasSum(path: string, sum: string): Promise<boolean> {
  const status = await identify(path);
  if (status === undefined) return false;
  const never = new AbortController().signal;
  try {
    return await sumInBackground(path, algorithmOf(sum), status, never) === sum;
  } catch (error) {
    const isGone = error instanceof OtherFileError ||
      error instanceof Deno.errors.NotFound;
    if (isGone) return false;
    throw error;
  }
}
