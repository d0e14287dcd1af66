/**
 * Where files go that did not open: out of the way, but not lost.
 *
 * @module
 */

import { join } from "node:path";
import { makePrivateDirectory } from "./rights.ts";
import { DATA } from "./slot_paths.ts";

/** How many rejected files are kept. */
const KEPT = 3;

const REASON = ".reason.txt";

/**
 * Moves a file into the directory `rejected`, under the next number, with the
 * reason and the time beside it, and removes all but the newest three.
 *
 * @returns where the file is now.
 */
export async function quarantine(
  path: string,
  rejected: string,
  reason: string,
): Promise<string> {
  await makePrivateDirectory(rejected);
  const numbers = await numbersIn(rejected);
  const number = Math.max(0, ...numbers.values()) + 1;
  const name = `${String(number).padStart(6, "0")}-${DATA}`;
  const target = join(rejected, name);
  // The reason first: a crash in between leaves a reason without a file, not a
  // file that nobody can account for.
  const text = `${reason}\n${new Date().toISOString()}\n`;
  // On a full disk the log has to do.
  await Deno.writeTextFile(target + REASON, text).catch(() => {});
  await Deno.rename(path, target);
  for (const [name, old] of numbers) {
    if (old <= number - KEPT) await Deno.remove(join(rejected, name));
  }
  return target;
}

/** The files in the directory that have a number, with it. */
async function numbersIn(directory: string): Promise<Map<string, number>> {
  const numbers = new Map<string, number>();
  for await (const { name } of Deno.readDir(directory)) {
    const match = /^(\d{6,})-data\.db(\.reason\.txt)?$/.exec(name);
    if (match !== null) numbers.set(name, Number(match[1]));
  }
  return numbers;
}
