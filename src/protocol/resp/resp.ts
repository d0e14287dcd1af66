/**
 * Redis' protocol, RESP2 and RESP3, for reads.
 *
 * @module
 */

import type { Link, Protocol, Session, SessionContext } from "../protocol.ts";
import { Peers } from "./peers.ts";
import { RespSession } from "./session.ts";

/**
 * Answers reads as Redis 7 does, and refuses writes as its replicas do.
 *
 * A namespace is a hash. `SELECT` chooses a database by its place in the
 * configuration.
 *
 * @example
 * ```ts
 * import {
 *   createCounters,
 *   JsonStorage,
 *   Reply,
 *   RespProtocol,
 *   SimpleHandler,
 * } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = new SimpleHandler(new JsonStorage());
 * const session = new RespProtocol().open({
 *   handler,
 *   databases: [{ name: "default", handler }],
 *   counters: createCounters(),
 *   status: {
 *     version: "1",
 *     startedAt: 0,
 *     maxConnections: 1,
 *     idleTimeout: 0,
 *     transport: "none",
 *     addresses: [],
 *     threads: 1,
 *     totals: createCounters,
 *   },
 *   onDamage: console.error,
 * });
 * const reply = new Reply();
 * const request = new TextEncoder().encode("QUIT\r\n");
 * assertEquals(session.consume(request, 0, request.length, reply), 6);
 * assertEquals(
 *   new TextDecoder().decode(reply.bytes.subarray(0, reply.length)),
 *   "+OK\r\n",
 * );
 * ```
 */
export class RespProtocol implements Protocol {
  /** `resp` */
  readonly name = "resp";
  /** What Redis says. */
  readonly tooManyConnections = "-ERR max number of clients reached\r\n";
  readonly #peers = new Peers();

  /** Begins a conversation. */
  open(context: SessionContext, link?: Link): Session {
    return new RespSession(context, this.#peers, link);
  }
}
