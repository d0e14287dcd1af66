/** Files that the real engine's db_load has just built. */

import { type EngineProgram, pythonEngine } from "../engines.ts";

/** What to print when it is not installed. */
export const MISSING = "skipped: db5.3_load (db5.3-util) is not installed";

/**
 * Loads the pairs `key-N` and the digits of N, 32 bytes wide, into a new file.
 *
 * @param type `btree` or `hash`.
 * @param settings of db_load, as `db_pagesize=512`.
 * @returns false if db_load is not installed.
 */
export function buildWithLibdb(
  path: string,
  type: string,
  pairs: number,
  settings: string[] = [],
): Promise<boolean> {
  return loadWithLibdb(
    path,
    type,
    settings,
    function* () {
      for (let n = 0; n < pairs; n++) {
        yield [`key-${n}`, String(n).padStart(32, "0")];
      }
    }(),
  );
}

/** Loads any pairs of text; see {@linkcode buildWithLibdb}. */
export async function loadWithLibdb(
  path: string,
  type: string,
  settings: string[],
  pairs: Iterable<[string, string]>,
): Promise<boolean> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("db5.3_load", {
      args: [
        ...["-T", "-t", type],
        ...settings.flatMap((setting) => ["-c", setting]),
        path,
      ],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
  const writer = child.stdin.getWriter();
  const encoder = new TextEncoder();
  let text = "";
  for (const [key, value] of pairs) {
    text += `${key}\n${value}\n`;
    if (text.length < 1 << 20) continue;
    await writer.write(encoder.encode(text));
    text = "";
  }
  await writer.write(encoder.encode(text));
  await writer.close();
  return (await child.status).success;
}

/** `db5.3_verify`, and libdb's own reading of all records. */
export const libdb: EngineProgram = pythonEngine(
  new URL("./engine/opinions.py", import.meta.url),
  "import bsddb3, shutil; assert shutil.which('db5.3_verify')",
);
