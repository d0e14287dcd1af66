/**
 * The server within one thread: a protocol and a handler on an address. The
 * program uses a {@linkcode ServerPool} instead, with a thread for each core.
 *
 * @module
 */

import type { Handler } from "../handler/handler.ts";
import {
  CONNECTIONS_OPEN,
  createCounters,
  sumCounters,
} from "../protocol/counters.ts";
import { createBudget, MemoryBudget } from "../protocol/memory_budget.ts";
import { DEFAULT_DATABASE, type Protocol } from "../protocol/protocol.ts";
import { VERSION } from "../version.ts";
import { type Address, formatAddress } from "./address.ts";
import { damageReporter } from "./damage.ts";
import { DenoTransport, listenWithDeno } from "./deno_transport.ts";
import { machineMemory } from "../storage/memory/machine_memory.ts";
import { type Limits, limitsOf, type Transport } from "./transport.ts";
import { webRequestReporter } from "./web_requests.ts";

/** How long requests in flight may take to finish at a stop, in ms. */
export const GRACE = 5000;

/** The parts and the limits of a server. */
export interface ServerOptions extends Partial<Limits> {
  /** What clients speak. */
  protocol: Protocol;
  /** Who answers the keys. */
  handler: Handler;
  /**
   * How much memory clients may make it hold, in bytes; a tenth of the machine's
   * if it is not said.
   */
  maxMemory?: number;
}

/**
 * Serves connections, in the thread that made it, until it is stopped.
 *
 * @example
 * ```ts
 * import {
 *   JsonStorage,
 *   MemcachedProtocol,
 *   Server,
 *   SimpleHandler,
 * } from "@goromdb/cli/mod";
 *
 * const handler = new SimpleHandler(new JsonStorage());
 * const server = new Server({ protocol: new MemcachedProtocol(), handler });
 * server.listen({ hostname: "127.0.0.1", port: 11299 });
 *
 * const client = await Deno.connect({ port: 11299 });
 * await client.write(new TextEncoder().encode("get hoge\r\n"));
 * await client.read(new Uint8Array(100));
 * client.close();
 * await server.stop();
 * ```
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #limits: Limits;
  readonly #memory: MemoryBudget;
  readonly #counters = createCounters();
  readonly #startedAt = Date.now();
  readonly #transports: Transport[] = [];
  readonly #addresses: string[] = [];

  /** Puts the parts together; {@linkcode listen} starts it. */
  constructor(options: ServerOptions) {
    this.#options = options;
    const limit = options.maxMemory ?? machineMemory() / 10;
    this.#memory = new MemoryBudget(createBudget(limit));
    this.#limits = {
      maxConnections: options.maxConnections ?? 1024,
      idleTimeout: options.idleTimeout ?? 0,
    };
  }

  /**
   * Accepts connections on an address; may be called for several.
   *
   * @returns the address, with the port that the system chose for port 0.
   * @throws {Deno.errors.AddrInUse} and its like if it cannot.
   */
  listen(address: Address): Address {
    const listener = listenWithDeno(address, false);
    const bound: Address = listener.addr.transport === "tcp"
      ? { hostname: listener.addr.hostname, port: listener.addr.port }
      : address;
    this.#addresses.push(formatAddress(bound));
    const { protocol, handler } = this.#options;
    const transport = new DenoTransport(
      [{ address: bound, listener, protocol }],
      {
        handler,
        databases: [{ name: DEFAULT_DATABASE, handler }],
        counters: this.#counters,
        memory: this.#memory,
        status: {
          version: VERSION,
          startedAt: this.#startedAt,
          ...this.#limits,
          threads: 1,
          transport: "deno",
          addresses: this.#addresses,
          totals: () => sumCounters([this.#counters]),
        },
        onDamage: damageReporter(),
        onWebRequest: webRequestReporter(),
      },
      limitsOf(protocol, this.#limits),
      () => this.#counters[CONNECTIONS_OPEN],
    );
    this.#transports.push(transport);
    transport.start();
    return bound;
  }

  /** Lets requests in flight finish, for 5 s at most, and closes everything. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#transports.splice(0).map((transport) => transport.stop(GRACE)),
    );
  }
}
