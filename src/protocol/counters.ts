/**
 * What is counted: one row of numbers for each serving thread, in shared
 * memory, so that any thread can add up all rows.
 *
 * @module
 */

/** `get` requests and their like, a key each. */
export const GETS = 0;
/** Keys that were there. */
export const HITS = 1;
/** Keys that were not. */
export const MISSES = 2;
/** Bytes received. */
export const BYTES_READ = 3;
/** Bytes sent. */
export const BYTES_WRITTEN = 4;
/** Connections accepted so far. */
export const CONNECTIONS_TOTAL = 5;
/** Connections open now. */
export const CONNECTIONS_OPEN = 6;
/** Connections refused because there were too many. */
export const CONNECTIONS_REJECTED = 7;
/** Write commands refused. */
export const WRITES_REFUSED = 8;
/** Data sets swapped in. */
export const LOADS = 9;
/** Files that could not be served. */
export const FAILURES = 10;
/** Serving threads that died and were started again. */
export const RESTARTS = 11;
/** Tries to say who one is. */
export const AUTH_COMMANDS = 12;
/** Tries of those that failed. */
export const AUTH_ERRORS = 13;
/** Tries of those that were not checked: there were too many. */
export const AUTH_REFUSED = 14;
/** Times that somebody else changed the file that is served, or meant to. */
export const FILE_CHANGES = 15;
/** What became of what was loaded: see `data_state.ts`. */
export const DATA_STATE = 16;

const COLUMNS = 17;

/** The row of one serving thread: indices are the constants of this module. */
export type Counters = Float64Array<SharedArrayBuffer>;

/** Makes a row of zeros. */
export function createCounters(): Counters {
  return new Float64Array(new SharedArrayBuffer(COLUMNS * 8));
}

/** Adds rows up. */
export function sumCounters(rows: readonly Counters[]): Float64Array {
  const sum = new Float64Array(COLUMNS);
  for (const row of rows) {
    for (let column = 0; column < COLUMNS; column++) sum[column] += row[column];
  }
  return sum;
}
