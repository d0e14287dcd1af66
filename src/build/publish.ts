/**
 * How a new data file appears: whole, on the disk, and its sum behind it, so
 * that a watcher never takes a half-written one.
 *
 * @module
 */

import { basename } from "node:path";
import { sumOf } from "../watcher/sum.ts";

/**
 * Gives a complete file its name.
 *
 * @param part the path where it was written, in the same directory.
 * @param out the path that it gets.
 * @param md5 whether to write its sum to `FILE.md5`, as md5sum does.
 * @returns the sum, if it was asked for.
 */
export async function publish(
  part: string,
  out: string,
  md5: boolean,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  using file = await Deno.open(part, { read: true, write: true });
  await file.sync();
  const sumPath = `${out}.md5`;
  const sum = md5 ? await sumOf(part, "md5", signal) : undefined;
  signal?.throwIfAborted();
  // The sum of an older file would make the new one look damaged.
  await Deno.remove(sumPath).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  await Deno.rename(part, out);
  if (sum === undefined) return undefined;
  const line = `${sum}  ${basename(out)}\n`;
  await Deno.writeTextFile(`${sumPath}.part`, line);
  await Deno.rename(`${sumPath}.part`, sumPath);
  return sum;
}
