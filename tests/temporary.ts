/** Directories for tests. */

import { createHash } from "node:crypto";

/** Runs a test in an empty directory that is removed after it. */
export async function inDirectory(
  test: (directory: string) => Promise<void>,
  parent?: string,
): Promise<void> {
  const directory = await Deno.makeTempDir({
    prefix: "goromdb_",
    dir: parent,
  });
  try {
    await test(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

/** The MD5 sum of a text, or of bytes. */
export function md5(text: string | Uint8Array): string {
  return createHash("md5").update(text).digest("hex");
}

/** Waits until something is so; fails after a while. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  limit = 10_000,
): Promise<void> {
  const end = performance.now() + limit;
  while (!await isSo()) {
    if (performance.now() > end) {
      throw new Error(`not within ${limit} ms: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** The names of the files below a directory, with their directories. */
export async function filesBelow(directory: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    if (!isDirectory) names.push(name);
    else {
      const below = await filesBelow(`${directory}/${name}`);
      names.push(...below.map((path) => `${name}/${path}`));
    }
  }
  return names.sort();
}
