/**
 * Memory that nobody refers to any more.
 *
 * A data set lies outside the heap of every thread that refers to it, so no
 * thread's collector sees a reason to run: after a few swaps the former data sets
 * would fill the machine.
 *
 * @module
 */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

let collect: (() => void) | undefined;

/**
 * Runs this thread's garbage collector, which takes some milliseconds; where that
 * cannot be asked for (Deno 2.4), it runs in its own time.
 */
export function collectGarbage(): void {
  collect ??= collector();
  collect();
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  try {
    return runInNewContext("gc") as () => void;
  } catch {
    return () => {}; // The flag has been taken, and nothing has come of it.
  }
}
