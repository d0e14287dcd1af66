/** The real engines: Go's boltdb/bolt, and bbolt. */

import { fileURLToPath } from "node:url";
import { HeldProgram } from "../../held_program.ts";
import { EngineProgram } from "../engines.ts";

/**
 * Opens a file with the real engine, Go's bbolt, until the program is told to end.
 *
 * @returns `undefined` if Go or the package is not installed.
 */
export function holdWithBolt(
  path: string,
  mode: "read" | "write",
): Promise<HeldProgram | undefined> {
  const args = ["run", sourceOf("hold.go"), path, mode];
  return HeldProgram.start("go", args, goEnvironment());
}

function goEnvironment(): Record<string, string> {
  return {
    GO111MODULE: "off",
    GOPATH: "/usr/share/gocode",
    GOFLAGS: "",
    GOCACHE: `${Deno.env.get("TMPDIR") ?? "/tmp"}/go-build`,
  };
}

/** What to print when it is not installed. */
export const MISSING =
  "skipped: Go with golang-github-boltdb-bolt-dev is not installed";

/**
 * Builds a file with so many pairs; see `engine/main.go` for what is in it.
 *
 * @returns false if Go or the package is not installed.
 */
export async function buildWithBolt(
  path: string,
  pairs: number,
): Promise<boolean> {
  return await go(["run", sourceOf("main.go"), path, String(pairs)]);
}

/** bbolt's own check, and its reading of all records. */
export const bbolt: EngineProgram = new EngineProgram(async () => {
  const program = await Deno.makeTempFile({ prefix: "bbolt_opinions_" });
  addEventListener("unload", () => Deno.removeSync(program));
  const source = sourceOf("opinions.go");
  return await go(["build", "-o", program, source]) ? [program] : undefined;
});

function sourceOf(name: string): string {
  return fileURLToPath(new URL(`./engine/${name}`, import.meta.url));
}

/** Runs Go. @returns whether it did what it should. */
async function go(args: string[]): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("go", {
      args,
      env: goEnvironment(),
      stdout: "null",
      stderr: "null",
    }).output();
    return success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
