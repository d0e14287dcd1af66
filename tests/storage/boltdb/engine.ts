/** Files that the real engine, Go's boltdb/bolt, has just built. */

import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("./engine/main.go", import.meta.url));

/**
 * Builds a file with so many pairs; see `engine/main.go` for what is in it.
 *
 * @returns false if Go or the package is not installed.
 */
export async function buildWithBolt(
  path: string,
  pairs: number,
): Promise<boolean> {
  const env = { GO111MODULE: "off", GOPATH: "/usr/share/gocode", GOFLAGS: "" };
  try {
    const { success } = await new Deno.Command("go", {
      args: ["run", source, path, String(pairs)],
      env: { ...env, GOCACHE: `${Deno.env.get("TMPDIR") ?? "/tmp"}/go-build` },
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What to print when it is not. */
export const MISSING =
  "skipped: Go with golang-github-boltdb-bolt-dev is not installed";
