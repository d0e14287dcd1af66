/**
 * The reports of `stats settings` and `stats conns`.
 *
 * @module
 */

import type { SessionContext } from "../protocol.ts";
import type { Stat } from "./stats.ts";

/** memcached's settings, with the values that describe this server. */
export function settingStats(
  { status, handler, logins }: SessionContext,
): readonly Stat[] {
  const [address = ""] = status.addresses;
  const port = /:(\d+)$/.exec(address)?.[1] ?? "0";
  const settings = {
    maxbytes: handler.current?.facts.size ?? 0,
    maxconns: status.maxConnections,
    tcpport: port,
    udpport: 0,
    inter: status.addresses.join(",") || "NULL",
    verbosity: 0,
    evictions: "off",
    shutdown_command: "no",
    num_threads: status.threads,
    detail_enabled: "no",
    cas_enabled: "yes",
    binding_protocol: logins === undefined ? "auto-negotiate" : "ascii",
    auth_enabled_sasl: "no",
    auth_enabled_ascii: logins === undefined ? "no" : "yes",
    maxconns_fast: "yes",
    slab_reassign: "no",
    slab_automove: 0,
    lru_crawler: "no",
    flush_enabled: "no",
    dump_enabled: "no",
    lru_maintainer_thread: "no",
    idle_timeout: Math.ceil(status.idleTimeout / 1000),
    track_sizes: "no",
    read_only: "yes",
    transport: status.transport,
  };
  return Object.entries(settings).map(([name, value]) => [name, String(value)]);
}

/** Where the server listens. The threads do not tell their clients' addresses. */
export function connectionStats({ status }: SessionContext): readonly Stat[] {
  return status.addresses.flatMap((address, n): Stat[] => [
    [`${n}:addr`, `tcp:${address}`],
    [`${n}:state`, "conn_listening"],
  ]);
}
