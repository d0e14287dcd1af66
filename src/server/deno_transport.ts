/**
 * The portable transport: `Deno.listen`.
 *
 * Each connection has a loop that reads, answers all that has arrived, and
 * writes; it does not read again before everything is written, so a client that
 * does not read its replies is not read from either.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import {
  CONNECTIONS_OPEN,
  CONNECTIONS_REJECTED,
  CONNECTIONS_TOTAL,
} from "../protocol/counters.ts";
import {
  Next,
  type Protocol,
  type SessionContext,
} from "../protocol/protocol.ts";
import type { Address } from "./address.ts";
import { Connection } from "./connection.ts";
import type { Limits, Transport } from "./transport.ts";

const logger = getLogger(["goromdb", "server"]);

/** How often idle connections are looked for, in milliseconds. */
const TICK = 250;

/**
 * For so many milliseconds a client may go on reading an answer from a data set
 * that has been replaced; then it is cut off, so that the memory can be freed.
 */
const RETIRED_LIMIT = 10_000;

/** How long to wait after an accept failed, in milliseconds. */
const ACCEPT_PAUSE = 50;

interface Peer {
  readonly socket: Deno.TcpConn;
  readonly connection: Connection;
}

/** Serves one address in the thread that made it. */
export class DenoTransport implements Transport {
  readonly #protocol: Protocol;
  readonly #context: SessionContext;
  readonly #limits: Limits;
  readonly #peers = new Set<Peer>();
  readonly #listener: Deno.TcpListener;
  #tick = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #stopping = false;
  #emptied = () => {};

  /**
   * Takes the address at once.
   *
   * @throws {Deno.errors.AddrInUse} and its like if it cannot.
   */
  constructor(
    address: Address,
    protocol: Protocol,
    context: SessionContext,
    limits: Limits,
  ) {
    this.#protocol = protocol;
    this.#context = context;
    this.#limits = limits;
    this.#listener = Deno.listen({ ...address, transport: "tcp" });
  }

  /** Where it listens; see {@linkcode Transport.address}. */
  get address(): Address {
    const { hostname, port } = this.#listener.addr as Deno.NetAddr;
    return { hostname, port };
  }

  /** Begins to accept; see {@linkcode Transport.start}. */
  start(): void {
    this.#ticker = setInterval(() => this.#onTick(), TICK);
    this.#accept();
  }

  /** Ends gracefully; see {@linkcode Transport.stop}. */
  async stop(grace: number): Promise<void> {
    this.#stopping = true;
    this.#listener.close();
    for (const peer of this.#peers) {
      if (!peer.connection.busy) this.#close(peer);
    }
    if (this.#peers.size > 0) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        this.#emptied = resolve;
        timer = setTimeout(resolve, grace);
      });
      clearTimeout(timer);
      for (const peer of this.#peers) this.#close(peer);
    }
    clearInterval(this.#ticker);
  }

  async #accept(): Promise<void> {
    while (!this.#stopping) {
      try {
        this.#welcome(await this.#listener.accept());
      } catch (error) {
        if (this.#stopping) return;
        // Out of file descriptors, or a client that went before it was met.
        logger.warn("cannot accept a connection: {error}", {
          error: error instanceof Error ? error.message : String(error),
        });
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE));
      }
    }
  }

  #welcome(socket: Deno.TcpConn): void {
    const { counters } = this.#context;
    if (this.#peers.size >= this.#limits.maxConnections) {
      counters[CONNECTIONS_REJECTED]++;
      this.#turnAway(socket);
      return;
    }
    counters[CONNECTIONS_TOTAL]++;
    counters[CONNECTIONS_OPEN]++;
    const session = this.#protocol.open(this.#context);
    const connection = new Connection(session, counters);
    connection.lastActive = this.#tick;
    const peer = { socket, connection };
    this.#peers.add(peer);
    try {
      socket.setNoDelay(true);
    } catch {
      // The client has gone already; the first read will say so.
    }
    this.#converse(peer).catch(() => {
      // The client has reset the connection: nothing that anybody could mend.
    }).finally(() => this.#close(peer));
  }

  async #turnAway(socket: Deno.TcpConn): Promise<void> {
    const text = this.#protocol.tooManyConnections;
    try {
      await socket.write(new TextEncoder().encode(text));
    } catch {
      // It has gone by itself.
    }
    socket.close();
  }

  async #converse({ socket, connection }: Peer): Promise<void> {
    for (;;) {
      const count = await socket.read(connection.room());
      if (count === null) return;
      connection.lastActive = this.#tick;
      connection.answer(count);
      for (;;) {
        const { reply } = connection;
        if (reply.length > 0) {
          let sent = 0;
          while (sent < reply.length) {
            sent += await socket.write(
              reply.bytes.subarray(sent, reply.length),
            );
            connection.lastActive = this.#tick;
          }
          connection.sent();
        }
        if (connection.next !== Next.Resume) break;
        if (reply.length === 0) await nextTurn();
        connection.answer(0);
      }
      if (connection.next === Next.Close) return;
      if (this.#stopping && !connection.busy) return;
    }
  }

  #onTick(): void {
    this.#tick++;
    const { idleTimeout } = this.#limits;
    const oldest = idleTimeout === 0
      ? -1
      : this.#tick - Math.ceil(idleTimeout / TICK);
    const patience = Date.now() - RETIRED_LIMIT;
    for (const peer of this.#peers) {
      const { lastActive, held } = peer.connection;
      const stale = held !== undefined && held.retiredAt !== 0 &&
        held.retiredAt < patience;
      if (lastActive < oldest || stale) this.#close(peer);
    }
  }

  #close(peer: Peer): void {
    if (!this.#peers.delete(peer)) return;
    this.#context.counters[CONNECTIONS_OPEN]--;
    peer.connection.close();
    try {
      peer.socket.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    if (this.#peers.size === 0) this.#emptied();
  }
}

/** Lets the other connections have their turn. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
