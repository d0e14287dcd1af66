/**
 * The server: a protocol and a handler on an address.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { Handler } from "../handler/handler.ts";
import { createCounters, sumCounters } from "../protocol/counters.ts";
import type { Protocol, ServerStatus } from "../protocol/protocol.ts";
import type { DataFileError } from "../storage/storage.ts";
import { VERSION } from "../version.ts";
import { type Address, formatAddress } from "./address.ts";
import { DenoTransport } from "./deno_transport.ts";
import type { Limits, Transport } from "./transport.ts";

const logger = getLogger(["goromdb", "server"]);

/** How long requests in flight may take to finish at a stop, in ms. */
const GRACE = 5000;

/** Damage is told once for each file. */
let damagedFile = "";

function onDamage(error: DataFileError): void {
  if (error.path === damagedFile) return;
  damagedFile = error.path;
  logger.error(
    "{problem}: gets that come there fail; drop a sound file",
    { problem: error.message },
  );
}

/** The parts and the limits of a server. */
export interface ServerOptions extends Partial<Limits> {
  /** What clients speak. */
  protocol: Protocol;
  /** Who answers the keys. */
  handler: Handler;
}

/**
 * Serves connections until it is stopped.
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
 * const { port } = server.listen({ hostname: "127.0.0.1", port: 0 });
 *
 * const client = await Deno.connect({ port });
 * await client.write(new TextEncoder().encode("get hoge\r\n"));
 * await client.read(new Uint8Array(100));
 * client.close();
 * await server.stop();
 * ```
 */
export class Server {
  readonly #options: ServerOptions;
  readonly #limits: Limits;
  readonly #transports: Transport[] = [];

  /** Puts the parts together; {@linkcode listen} starts it. */
  constructor(options: ServerOptions) {
    this.#options = options;
    this.#limits = {
      maxConnections: options.maxConnections ?? 1024,
      idleTimeout: options.idleTimeout ?? 0,
    };
  }

  /**
   * Takes an address. Connections wait until {@linkcode start}.
   *
   * @returns the address, with the port that the system chose for port 0.
   * @throws {Deno.errors.AddrInUse} and its like if it cannot.
   */
  bind(address: Address): Address {
    const counters = createCounters();
    const status: ServerStatus = {
      version: VERSION,
      startedAt: Date.now(),
      ...this.#limits,
      transport: "deno",
      addresses: [formatAddress(address)],
      threads: 1,
      totals: () => sumCounters([counters]),
    };
    const transport = new DenoTransport(
      address,
      this.#options.protocol,
      { handler: this.#options.handler, counters, status, onDamage },
      this.#limits,
    );
    this.#transports.push(transport);
    return transport.address;
  }

  /** Serves the connections of all addresses that were taken. */
  start(): void {
    for (const transport of this.#transports) transport.start();
  }

  /** {@linkcode bind} and {@linkcode start} in one. */
  listen(address: Address): Address {
    const bound = this.bind(address);
    this.start();
    return bound;
  }

  /** Lets requests in flight finish, for 5 s at most, and closes everything. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#transports.splice(0).map((transport) => transport.stop(GRACE)),
    );
  }
}
