/**
 * The report of `stats goromdb`: what is served, since when, and by what.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import {
  AUTH_COMMANDS,
  AUTH_ERRORS,
  AUTH_REFUSED,
  FAILURES,
  FILE_CHANGES,
  LOADS,
  RESTARTS,
} from "../counters.ts";
import { dataState } from "../data_state.ts";
import { memoryFigures } from "../memory_budget.ts";
import type { NamedHandler, SessionContext } from "../protocol.ts";
import type { Stat } from "./stats.ts";

/**
 * The rows of `stats goromdb`. Where there are several databases, the name of
 * each stands before its figures: `users:data_file`.
 */
export function goromdbStats(
  { status, databases, memory }: SessionContext,
): readonly Stat[] {
  const totals = status.totals();
  const server = {
    transport: status.transport,
    workers: status.threads,
    worker_restarts: totals[RESTARTS],
    auth_cmds: totals[AUTH_COMMANDS],
    auth_errors: totals[AUTH_ERRORS],
    auth_refused: totals[AUTH_REFUSED],
    ...(memory === undefined ? {} : memoryFigures(memory)),
  };
  const figures: [string, string | number][] = Object.entries(server);
  for (const database of databases) {
    const before = databases.length === 1 ? "" : `${database.name}:`;
    for (const [name, value] of Object.entries(databaseFigures(database))) {
      figures.push([before + name, value]);
    }
  }
  return figures.map(([name, value]) => [name, String(value)]);
}

function databaseFigures(
  { handler, counters }: NamedHandler,
): Record<string, string | number> {
  const loads = counters?.[LOADS] ?? 0;
  const data = handler.current;
  return {
    data_loads: loads,
    data_failures: counters?.[FAILURES] ?? 0,
    // The first data set does not replace another.
    data_swaps: Math.max(0, loads - 1),
    data_file_changes: counters?.[FILE_CHANGES] ?? 0,
    ...(data === undefined ? {} : {
      data_state: dataState(counters),
      ...dataFigures(data),
    }),
  };
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
