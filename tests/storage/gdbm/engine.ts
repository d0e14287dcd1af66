/** The real GDBM library, through Python's `dbm.gnu`. */

import { fileURLToPath } from "node:url";
import { EngineProgram } from "../engines.ts";

/** Debian's Python, whose library has the module. */
const PYTHON = "/usr/bin/python3";

/** Whether it is installed. */
export const hasGdbm: boolean = (() => {
  try {
    const args = ["-c", "import dbm.gnu"];
    return new Deno.Command(PYTHON, { args, stderr: "null" }).outputSync()
      .success;
  } catch {
    return false;
  }
})();

/** Tells what it finds wrong with files. */
export const gdbm: EngineProgram = new EngineProgram(() =>
  Promise.resolve(
    hasGdbm
      ? [PYTHON, fileURLToPath(new URL("./engine.py", import.meta.url))]
      : undefined,
  )
);

/** Runs a Python program with the module; its arguments are `sys.argv[1:]`. */
export function runPython(program: string, ...args: string[]): string {
  const { success, stdout, stderr } = new Deno.Command(PYTHON, {
    args: ["-c", program, ...args],
  }).outputSync();
  const decoder = new TextDecoder();
  if (!success) throw new Error(decoder.decode(stderr));
  return decoder.decode(stdout);
}
