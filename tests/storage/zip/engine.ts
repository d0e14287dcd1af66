/** Python's zipfile, as a second opinion. */

import { fileURLToPath } from "node:url";
import { EngineProgram } from "../engines.ts";

const PYTHON = "python3";

/** Whether it is installed. */
export const hasPython: boolean = (() => {
  try {
    return new Deno.Command(PYTHON, { args: ["--version"] }).outputSync()
      .success;
  } catch {
    return false;
  }
})();

/** Tells what it finds wrong with files. */
export const zipfile: EngineProgram = new EngineProgram(() =>
  Promise.resolve(
    hasPython
      ? [PYTHON, fileURLToPath(new URL("./engine.py", import.meta.url))]
      : undefined,
  )
);
