/**
 * The priority of threads that work in the background.
 *
 * @module
 */

import { libc } from "./memory/libc.ts";

/**
 * From `setpriority(2)`; on Linux, process 0 is the calling thread. Such a thread
 * still gets a third of what another gets that is as busy.
 */
const PRIO_PROCESS = 0, NICE = 5;

/**
 * Lets others go first from now on: on a machine whose processors are all busy,
 * to open a data set must not delay answers. It cannot be taken back.
 */
export function lowerPriority(): void {
  if (Deno.build.os !== "linux") return; // elsewhere it would be all threads
  libc()?.setpriority(PRIO_PROCESS, 0, NICE);
}
