/**
 * The report of `stats goromdb`: what is served, since when, and by what.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { FAILURES, LOADS, RESTARTS } from "../counters.ts";
import type { SessionContext } from "../protocol.ts";
import type { Stat } from "./stats.ts";

/** The rows of `stats goromdb`. */
export function goromdbStats(
  { status, handler }: SessionContext,
): readonly Stat[] {
  const totals = status.totals();
  const data = handler.current;
  const figures = {
    transport: status.transport,
    workers: status.threads,
    worker_restarts: totals[RESTARTS],
    data_loads: totals[LOADS],
    data_failures: totals[FAILURES],
    // The first data set does not replace another.
    data_swaps: Math.max(0, totals[LOADS] - 1),
    ...(data === undefined ? {} : dataFigures(data)),
  };
  return Object.entries(figures).map(([name, value]) => [name, String(value)]);
}

/** What is known of the data set that is served. */
function dataFigures(
  { facts, version }: DataSet,
): Record<string, string | number> {
  return {
    // A space would end the figure, for many clients.
    data_file: encodeURI(facts.path.toWellFormed()),
    data_format: facts.storage,
    data_sum: facts.sum,
    data_version: String.fromCharCode(...version),
    data_size: facts.size,
    ...(facts.keys === undefined ? {} : { data_keys: facts.keys }),
    data_age: Math.floor((Date.now() - facts.openedAt) / 1000), // seconds
  };
}
