/**
 * The memcached protocol: text with its meta commands, and binary, on one port.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Login } from "../../access/login.ts";
import {
  type Link,
  Next,
  type Protocol,
  type Session,
  type SessionContext,
} from "../protocol.ts";
import type { Reply } from "../reply.ts";
import { Authentication } from "./authentication.ts";
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
  open(context: SessionContext, link?: Link): Session {
    return new NegotiatedSession(context, context.logins?.open(link));
  }
}

/**
 * A connection that speaks what its first byte tells; text, where it has to say
 * first who it is.
 */
class NegotiatedSession implements Session {
  readonly #context: SessionContext;
  readonly #login: Login | undefined;
  #session: Session | undefined;

  constructor(context: SessionContext, login: Login | undefined) {
    this.#context = context;
    this.#login = login;
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
      if (this.#login !== undefined) {
        this.#session = new Authentication(this.#login);
      } else if (received[start] === REQUEST) {
        this.#session = new BinarySession(this.#context);
      } else this.#session = new TextSession(this.#context);
    }
    const used = this.#session.consume(received, start, end, reply);
    if (this.#session instanceof Authentication && this.#session.passed) {
      this.#session = new TextSession(this.#context);
      return used + this.#session.consume(received, start + used, end, reply);
    }
    return used;
  }

  refuseForMemory(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    return this.#session!.refuseForMemory(received, start, end, reply);
  }

  get held(): DataSet | undefined {
    return this.#session?.held;
  }

  close(): void {
    this.#login?.end();
    this.#session?.close();
  }
}
