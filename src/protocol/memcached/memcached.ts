/**
 * The memcached protocol.
 *
 * @module
 */

import type { Protocol, Session, SessionContext } from "../protocol.ts";
import { TextSession } from "./text.ts";

/**
 * Answers reads as memcached 1.6 does, and refuses writes.
 *
 * @example
 * ```ts
 * import {
 *   createCounters,
 *   JsonStorage,
 *   MemcachedProtocol,
 *   Reply,
 *   SimpleHandler,
 * } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const session = new MemcachedProtocol().open({
 *   handler: new SimpleHandler(new JsonStorage()),
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
 * const request = new TextEncoder().encode("get hoge\r\n");
 * assertEquals(session.consume(request, 0, request.length, reply), 10);
 * assertEquals(
 *   new TextDecoder().decode(reply.bytes.subarray(0, reply.length)),
 *   "END\r\n",
 * );
 * ```
 */
export class MemcachedProtocol implements Protocol {
  /** `memcached` */
  readonly name = "memcached";
  /** What memcached says. */
  readonly tooManyConnections = "ERROR Too many open connections\r\n";

  /** Begins a conversation. */
  open(context: SessionContext): Session {
    return new TextSession(context);
  }
}
