/**
 * The general report of `stats`: memcached's figures, as far as a read-only
 * server has them, and behind them those of `stats goromdb`. Figures that only a
 * writable server can count are left out, or are the 0 that they truly are where
 * monitoring tools look for them.
 *
 * @module
 */

import process from "node:process";
import {
  BYTES_READ,
  BYTES_WRITTEN,
  CONNECTIONS_OPEN,
  CONNECTIONS_REJECTED,
  CONNECTIONS_TOTAL,
  GETS,
  HITS,
  MISSES,
  WRITES_REFUSED,
} from "../counters.ts";
import type { SessionContext } from "../protocol.ts";
import type { Stat } from "./stats.ts";
import { goromdbStats } from "./stats_goromdb.ts";

/** The rows of `stats`. */
export function generalStats(
  context: SessionContext,
): readonly Stat[] {
  const { status, handler } = context;
  const totals = status.totals();
  const cpu = process.cpuUsage();
  const data = handler.current;
  const figures = {
    pid: Deno.pid,
    uptime: Math.floor((Date.now() - status.startedAt) / 1000),
    time: Math.floor(Date.now() / 1000),
    version: status.version,
    pointer_size: 64,
    rusage_user: (cpu.user / 1e6).toFixed(6),
    rusage_system: (cpu.system / 1e6).toFixed(6),
    max_connections: status.maxConnections,
    curr_connections: totals[CONNECTIONS_OPEN],
    total_connections: totals[CONNECTIONS_TOTAL],
    rejected_connections: totals[CONNECTIONS_REJECTED],
    cmd_get: totals[GETS],
    cmd_set: 0,
    cmd_flush: 0,
    cmd_touch: 0,
    get_hits: totals[HITS],
    get_misses: totals[MISSES],
    writes_refused: totals[WRITES_REFUSED],
    bytes_read: totals[BYTES_READ],
    bytes_written: totals[BYTES_WRITTEN],
    accepting_conns: 1,
    threads: status.threads,
    bytes: data?.facts.size ?? 0,
    curr_items: data?.facts.keys ?? 0,
    total_items: data?.facts.keys ?? 0,
    damaged_items: data?.snapshot.damaged ?? 0,
    evictions: 0,
  };
  return [
    ...Object.entries(figures).map(([name, value]): Stat => [
      name,
      String(value),
    ]),
    ...goromdbStats(context),
  ];
}
