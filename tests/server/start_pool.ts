/** Pools of serving threads for tests. */

import type { SharedDataSet } from "../../src/handler/data_set.ts";
import { swap } from "../../src/handler/handler.ts";
import { createCounters } from "../../src/protocol/counters.ts";
import { DEFAULT_DATABASE } from "../../src/protocol/protocol.ts";
import { type Address, parseAddress } from "../../src/server/address.ts";
import type { Credentials } from "../../src/server/credentials.ts";
import type { TransportName } from "../../src/server/messages.ts";
import { ServerPool } from "../../src/server/pool.ts";
import type { Limits } from "../../src/server/transport.ts";
import { JsonStorage } from "../../src/storage/json/json.ts";
import { inDirectory, md5 } from "../temporary.ts";

/** What a pool for a test is to be. */
export interface TestPool {
  records: Record<string, string>;
  protocol?: string;
  transport: TransportName;
  threads: number;
  addresses?: Address[];
  limits?: Partial<Limits>;
  credentials?: Credentials;
  hosts?: string[];
  keepSessions?: boolean;
  entry?: URL;
}

/** Records as a data set that threads can share. */
export async function shared(
  records: Record<string, string>,
): Promise<SharedDataSet> {
  const text = JSON.stringify(records);
  let opened: SharedDataSet | undefined;
  await inDirectory(async (directory) => {
    const path = `${directory}/data.json`;
    await Deno.writeTextFile(path, text);
    const data = await new JsonStorage().open(path, {});
    opened = {
      data,
      facts: {
        path,
        storage: "json",
        sum: md5(text),
        size: text.length,
        keys: data.keys,
        openedAt: Date.now(),
      },
    };
  });
  return opened!;
}

/** Starts a pool that serves the records on a port that the system chooses. */
export async function startPool(options: TestPool): Promise<ServerPool> {
  const pool = new ServerPool({
    addresses: options.addresses ?? [parseAddress("127.0.0.1:0")],
    protocol: options.protocol ?? "memcached",
    databases: [{ name: DEFAULT_DATABASE, counters: createCounters() }],
    transport: options.transport,
    threads: options.threads,
    limits: { maxConnections: 1024, idleTimeout: 0, ...options.limits },
    credentials: options.credentials,
    http: { hosts: options.hosts },
    keepSessions: options.keepSessions,
    entry: options.entry,
  });
  await pool.bind();
  await swapIn(pool, await shared(options.records));
  await pool.start();
  return pool;
}

/** Swaps a data set in on all threads. */
export function swapIn(
  pool: ServerPool,
  next: SharedDataSet,
  limit?: number,
): Promise<void> {
  return swap([pool.target(DEFAULT_DATABASE)], next, limit);
}

/** The port of a TCP address. */
export function portOf(address: Address): number {
  if ("path" in address) throw new TypeError("a Unix socket has no port");
  return address.port;
}
