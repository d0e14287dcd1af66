/**
 * Where files go that did not open: out of the way, but not lost.
 *
 * @module
 */

import { basename, join } from "node:path";

/** How many rejected files are kept. */
const KEPT = 3;

const REASON = ".reason.txt";

/**
 * Moves a file into the directory `rejected`, writes the reason beside it, and
 * removes all but the newest three.
 *
 * @returns where the file is now.
 */
export async function quarantine(
  path: string,
  rejected: string,
  reason: string,
): Promise<string> {
  await Deno.mkdir(rejected, { recursive: true });
  const stamp = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const names = new Set(await namesIn(rejected));
  let name = `${stamp}-${basename(path)}`;
  for (let n = 2; names.has(name); n++) {
    name = `${stamp}-${n}-${basename(path)}`;
  }
  const target = join(rejected, name);
  // The reason first: a crash in between leaves a reason without a file, not a
  // file that nobody can account for.
  await Deno.writeTextFile(target + REASON, `${reason}\n`);
  await Deno.rename(path, target);
  await prune(rejected);
  return target;
}

async function prune(rejected: string): Promise<void> {
  const files: { path: string; changed: number }[] = [];
  for (const name of await namesIn(rejected)) {
    if (name.endsWith(REASON)) continue;
    const path = join(rejected, name);
    const { ctime, mtime } = await Deno.stat(path);
    files.push({ path, changed: (ctime ?? mtime)?.getTime() ?? 0 });
  }
  files.sort((a, b) => b.changed - a.changed);
  for (const { path } of files.slice(KEPT)) {
    await Deno.remove(path);
    await Deno.remove(path + REASON).catch(() => {
      // Somebody has read it and thrown it away.
    });
  }
}

async function namesIn(directory: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(directory))).map(({ name }) =>
    name
  );
}
