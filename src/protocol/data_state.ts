/**
 * What became of the data that a database has loaded.
 *
 * @module
 */

import { type Counters, DATA_STATE } from "./counters.ts";

/**
 * What a database serves:
 *
 * - `intact`: what was loaded;
 * - `memory`: that too, but the file has been lost, and a restart will not find it;
 * - `previous`: what was served before, for the file was changed;
 * - `changed`: the changed file, for there is nothing else.
 */
export type DataState = typeof DATA_STATES[number];

/** By the number in the column {@linkcode DATA_STATE}. */
const DATA_STATES = ["intact", "memory", "previous", "changed"] as const;

/** Notes what a database serves. */
export function setDataState(counters: Counters, state: DataState): void {
  counters[DATA_STATE] = DATA_STATES.indexOf(state);
}

/** What a database serves. */
export function dataState(counters: Counters | undefined): DataState {
  return DATA_STATES[counters?.[DATA_STATE] ?? 0];
}
