/**
 * The memcached protocol: text with its meta commands, and binary, on one port.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import {
  Next,
  type Protocol,
  type Session,
  type SessionContext,
} from "../protocol.ts";
import type { Reply } from "../reply.ts";
import { BinarySession } from "./binary.ts";
import { REQUEST } from "./binary_layout.ts";
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
 * const handler = new SimpleHandler(new JsonStorage());
 * const session = new MemcachedProtocol().open({
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
    return new NegotiatedSession(context);
  }
}

/** A connection that speaks what its first byte tells. */
class NegotiatedSession implements Session {
  readonly #context: SessionContext;
  #session: Session | undefined;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  get next(): Next {
    return this.#session?.next ?? Next.Read;
  }

  consume(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    if (this.#session === undefined) {
      if (start === end) return 0;
      this.#session = received[start] === REQUEST
        ? new BinarySession(this.#context)
        : new TextSession(this.#context);
    }
    return this.#session.consume(received, start, end, reply);
  }

  get held(): DataSet | undefined {
    return this.#session?.held;
  }

  close(): void {
    this.#session?.close();
  }
}
