/**
 * The report of `INFO`.
 *
 * @module
 */

import process from "node:process";
import {
  AUTH_COMMANDS,
  AUTH_ERRORS,
  AUTH_REFUSED,
  BYTES_READ,
  BYTES_WRITTEN,
  CONNECTIONS_OPEN,
  CONNECTIONS_REJECTED,
  CONNECTIONS_TOTAL,
  FAILURES,
  FILE_CHANGES,
  GETS,
  HITS,
  LOADS,
  MISSES,
  RESTARTS,
  WRITES_REFUSED,
} from "../counters.ts";
import { dataState } from "../data_state.ts";
import { memoryFigures } from "../memory_budget.ts";
import type { NamedHandler } from "../protocol.ts";
import type { RespSession } from "./session.ts";
import { REDIS_VERSION } from "./version.ts";

type Fields = Record<string, string | number>;

/** The names of the sections, and those that mean all of them. */
const SECTIONS: ReadonlyMap<string, string> = new Map(
  [
    ...["Server", "Clients", "Memory", "Persistence", "Stats", "Replication"],
    ...["CPU", "Cluster", "Keyspace", "Goromdb"],
    ...["default", "all", "everything"],
  ].map((name) => [name.toLowerCase(), name]),
);

/** The name of a section, or of all, that is asked for in lower case. */
export function sectionOf(word: string): string | undefined {
  return SECTIONS.get(word);
}

/**
 * The sections of those names, or all; `# Section`, and a line for each field.
 *
 * @param wanted what {@linkcode sectionOf} gives; without it, all.
 */
export function report(
  session: RespSession,
  wanted?: ReadonlySet<string>,
): string {
  const all = wanted === undefined ||
    ["default", "all", "everything"].some((name) => wanted.has(name));
  return Object.entries(sections(session))
    .filter(([name]) => all || wanted.has(name))
    .map(([name, fields]) => {
      const lines = Object.entries(fields).map(([field, text]) =>
        `${field}:${text}\r\n`
      );
      return `# ${name}\r\n${lines.join("")}`;
    }).join("\r\n");
}

function sections(session: RespSession): Record<string, Fields> {
  const { status, databases, memory } = session.context;
  const totals = status.totals();
  const uptime = Math.floor((Date.now() - status.startedAt) / 1000);
  const cpu = process.cpuUsage();
  const { rss } = Deno.memoryUsage();
  const port = /:(\d+)$/.exec(status.addresses[0] ?? "")?.[1] ?? 0;
  return {
    Server: {
      redis_version: REDIS_VERSION,
      redis_mode: "standalone",
      os: `${Deno.build.os} ${Deno.build.arch}`,
      process_id: Deno.pid,
      tcp_port: port,
      uptime_in_seconds: uptime,
      uptime_in_days: Math.floor(uptime / 86_400),
    },
    Clients: {
      connected_clients: totals[CONNECTIONS_OPEN],
      maxclients: status.maxConnections,
    },
    Memory: { used_memory: rss, used_memory_rss: rss },
    Persistence: {
      // Clients wait while there are no data.
      loading: session.database.current?.handler.current === undefined ? 1 : 0,
    },
    Stats: {
      total_connections_received: totals[CONNECTIONS_TOTAL],
      rejected_connections: totals[CONNECTIONS_REJECTED],
      total_net_input_bytes: totals[BYTES_READ],
      total_net_output_bytes: totals[BYTES_WRITTEN],
      keyspace_hits: totals[HITS],
      keyspace_misses: totals[MISSES],
      acl_access_denied_auth: totals[AUTH_ERRORS],
      goromdb_lookups: totals[GETS],
      goromdb_writes_refused: totals[WRITES_REFUSED],
    },
    Replication: { role: "slave", slave_read_only: 1, connected_slaves: 0 },
    CPU: {
      used_cpu_sys: (cpu.system / 1e6).toFixed(6),
      used_cpu_user: (cpu.user / 1e6).toFixed(6),
    },
    Cluster: { cluster_enabled: 0 },
    Keyspace: Object.fromEntries(
      databases.flatMap(({ handler }, n) => {
        const facts = handler.current?.facts;
        if (facts === undefined) return [];
        const keys = facts.keys ?? 0;
        return [[`db${n}`, `keys=${keys},expires=0,avg_ttl=0`]];
      }),
    ),
    Goromdb: {
      goromdb_version: status.version,
      transport: status.transport,
      workers: status.threads,
      worker_restarts: totals[RESTARTS],
      auth_cmds: totals[AUTH_COMMANDS],
      auth_errors: totals[AUTH_ERRORS],
      auth_refused: totals[AUTH_REFUSED],
      ...(memory === undefined ? {} : memoryFigures(memory)),
      ...Object.assign({}, ...databases.map(databaseFields)),
    },
  };
}

/** What is known of a database's data; `db0_` stands before each field. */
function databaseFields({ name, handler, counters }: NamedHandler, n: number) {
  const data = handler.current;
  const fields: Fields = {
    name,
    loads: counters?.[LOADS] ?? 0,
    failures: counters?.[FAILURES] ?? 0,
    file_changes: counters?.[FILE_CHANGES] ?? 0,
  };
  if (data !== undefined) {
    const { path, storage, sum, size, openedAt } = data.facts;
    Object.assign(fields, {
      state: dataState(counters),
      file: encodeURI(path.toWellFormed()),
      format: storage,
      sum,
      version: String.fromCharCode(...data.version),
      size,
      age: Math.floor((Date.now() - openedAt) / 1000),
    });
  }
  return Object.fromEntries(
    Object.entries(fields).map(([field, text]) => [`db${n}_${field}`, text]),
  );
}
