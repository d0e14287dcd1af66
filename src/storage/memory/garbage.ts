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

/** Runs this thread's garbage collector, which takes some milliseconds. */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString("--expose-gc");
    collect = runInNewContext("gc") as () => void;
  }
  collect();
}
