/**
 * The portable transport: `Deno.listen`.
 *
 * Each connection has a loop that reads, answers all that has arrived, and
 * writes; it does not read again before everything is written, so a client that
 * does not read its replies is not read from either.
 *
 * @module
 */

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
import { AcceptFailures, isOfClient } from "./accept_failures.ts";
import type { Address } from "./address.ts";
import { Connection } from "./connection.ts";
import { isTls, Peer, type Socket } from "./deno_peer.ts";
import { MemoryShortage } from "./memory_shortage.ts";
import { canTellDescriptors } from "./socket_descriptors.ts";
import { type Certificate, drained } from "./tls.ts";
import { TlsSockets } from "./tls_sockets.ts";
import { isStale, type Limits, TICK, type Transport } from "./transport.ts";
import { Turns } from "./turns.ts";

/** How long to wait after an accept failed, in milliseconds. */
const ACCEPT_PAUSE = 50;

/** So many TLS connections that are one too many are told so at a time. */
const TURNED_AWAY_LIMIT = 64;

/** What this transport listens on. */
export interface DenoListener {
  /** Where it is. */
  readonly address: Address;
  /** Accepts. */
  readonly listener: Deno.Listener<Socket>;
  /** What is spoken there. */
  readonly protocol: Protocol;
}

/**
 * Listens on an address.
 *
 * @param shared whether others listen there, too.
 * @param certificate makes it TLS, on a TCP address.
 * @param alpn what is spoken there, as TLS names it (RFC 7301).
 */
export function listenWithDeno(
  address: Address,
  shared: boolean,
  certificate?: Certificate,
  alpn?: string,
): Deno.Listener<Socket> {
  if ("path" in address) {
    return Deno.listen({ path: address.path, transport: "unix" });
  }
  const options = { ...address, ...(shared ? { reusePort: true } : {}) };
  return certificate === undefined
    ? Deno.listen({ ...options, transport: "tcp" })
    : Deno.listenTls({
      ...options,
      transport: "tcp",
      ...certificate,
      ...(alpn === undefined ? {} : { alpnProtocols: [alpn] }),
    });
}

/** A listener, and how many connections it has accepted. */
type Accepting = DenoListener & { accepted: number };

/** Serves listeners in the thread that made it. */
export class DenoTransport implements Transport {
  #listeners: readonly Accepting[];
  readonly #context: SessionContext;
  readonly #limits: Limits;
  readonly #openConnections: () => number;
  readonly #peers = new Set<Peer>();
  readonly #turns = new Turns();
  readonly #tls = new TlsSockets();
  readonly #shortage: MemoryShortage;
  readonly #failures = new AcceptFailures();
  /** TLS connections that are one too many, and have not been closed yet. */
  #turnedAway = 0;
  #tick = 0;
  #ticker: ReturnType<typeof setInterval> | undefined;
  #stopping = false;
  #emptied = () => {};

  /**
   * Prepares to serve.
   *
   * @param listeners closed at the end.
   * @param openConnections how many connections all threads have.
   */
  constructor(
    listeners: readonly DenoListener[],
    context: SessionContext,
    limits: Limits,
    openConnections: () => number,
  ) {
    this.#listeners = listeners.map((one) => ({ ...one, accepted: 0 }));
    this.#context = context;
    this.#limits = limits;
    this.#shortage = new MemoryShortage(context.memory);
    this.#openConnections = openConnections;
  }

  /** Begins to accept; see {@linkcode Transport.start}. */
  start(): void {
    this.#ticker = setInterval(() => this.#onTick(), TICK);
    for (const listener of this.#listeners) this.#accept(listener);
  }

  /** Ends gracefully; see {@linkcode Transport.stop}. */
  async stop(grace: number): Promise<void> {
    this.#stopping = true;
    const deadline = performance.now() + grace;
    for (const { listener } of this.#listeners) listener.close();
    for (const peer of this.#peers) {
      if (!peer.connection.busy) this.#close(peer, peer.handshaking);
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
    await this.#tls.end(deadline);
  }

  /** Shows another certificate; see {@linkcode Transport.renew}. */
  async renew(certificate: Certificate): Promise<void> {
    const former = this.#listeners;
    this.#listeners = former.map(({ address, protocol }) => ({
      address,
      protocol,
      listener: listenWithDeno(address, true, certificate, protocol.alpn),
      accepted: 0,
    }));
    for (const listener of this.#listeners) this.#accept(listener);
    await Promise.all(former.map(drained));
    for (const { listener } of former) listener.close();
  }

  async #accept(accepting: Accepting): Promise<void> {
    const { listener, protocol } = accepting;
    while (!this.#stopping) {
      try {
        const socket = await listener.accept();
        accepting.accepted++;
        while (isTls(socket) && !this.#stopping && !this.#mayTurnAway()) {
          await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE));
        }
        this.#welcome(socket, protocol);
      } catch (error) {
        if (this.#stopping || !this.#listeners.includes(accepting)) return;
        if (isOfClient(error)) continue;
        this.#failures.tell(
          error instanceof Error ? error.message : String(error),
        );
        await new Promise((resolve) => setTimeout(resolve, ACCEPT_PAUSE));
      }
    }
  }

  /** Whether all threads have as many connections as they may. */
  get #isFull(): boolean {
    return this.#openConnections() >= this.#limits.maxConnections;
  }

  /**
   * Whether a TLS connection can be closed if it is one too many. If not, those
   * that come have to wait.
   */
  #mayTurnAway(): boolean {
    return !this.#isFull ||
      canTellDescriptors() && this.#turnedAway < TURNED_AWAY_LIMIT;
  }

  #welcome(socket: Socket, protocol: Protocol): void {
    const { counters } = this.#context;
    if (this.#isFull) {
      counters[CONNECTIONS_REJECTED]++;
      this.#turnAway(socket, protocol.tooManyConnections);
      return;
    }
    counters[CONNECTIONS_TOTAL]++;
    counters[CONNECTIONS_OPEN]++;
    const peer: Peer = new Peer(
      socket,
      this.#context.memory,
      (link) =>
        new Connection(
          protocol.open(this.#context, link),
          link.memory,
          counters,
        ),
      () => this.#close(peer),
    );
    peer.connection.lastActive = this.#tick;
    this.#peers.add(peer);
    try {
      if ("setNoDelay" in socket) socket.setNoDelay(true);
    } catch {
      // The client has gone already; the first read will say so.
    }
    this.#converse(peer).catch(() => {
      // The client has reset the connection: nothing that anybody could mend.
    }).finally(() => this.#close(peer, false));
  }

  async #turnAway(socket: Socket, text: string): Promise<void> {
    const bytes = new TextEncoder().encode(text);
    if (!isTls(socket)) {
      await socket.write(bytes).catch(() => {
        // It has gone by itself.
      });
      socket.close();
      return;
    }
    this.#turnedAway++;
    try {
      await this.#tls.handshake(socket, TICK);
      await socket.write(bytes);
    } catch {
      // It has gone by itself, or was too slow to be told.
    }
    this.#tls.close(socket, false, () => this.#turnedAway--);
  }

  async #converse(peer: Peer): Promise<void> {
    const { socket, connection } = peer;
    if (isTls(socket)) {
      peer.handshaking = true;
      await this.#tls.handshake(socket);
      peer.handshaking = false;
      connection.lastActive = this.#tick;
    }
    for (;;) {
      const room = connection.room();
      if (room === undefined) connection.refuse();
      else {
        peer.reading = true;
        const count = await socket.read(room);
        if (count === null || !peer.reading) return;
        peer.reading = false;
        connection.lastActive = this.#tick;
        if (connection.isHeavy) {
          await this.#turns.next();
          if (!this.#peers.has(peer)) return;
        }
        connection.answer(count);
      }
      for (;;) {
        if (!this.#peers.has(peer)) return;
        const { reply } = connection;
        if (reply.length > 0) {
          let sent = 0;
          peer.sending = true;
          while (sent < reply.length) {
            sent += await socket.write(
              reply.bytes.subarray(sent, reply.length),
            );
            if (!this.#peers.has(peer)) return;
            connection.lastActive = this.#tick;
          }
          connection.sent();
          peer.sent();
        }
        if (connection.next === Next.Resume) await this.#turns.next();
        else if (connection.next === Next.Wait) await peer.woken();
        else break;
        if (!this.#peers.has(peer)) return;
        connection.lastActive = this.#tick;
        connection.answer(0);
      }
      if (connection.next === Next.Close) return;
      if (this.#stopping && !connection.busy) return;
    }
  }

  #onTick(): void {
    this.#tick++;
    this.#tls.onTick();
    const now = Date.now();
    const clock = performance.now();
    for (const peer of this.#peers) {
      if (peer.handshaking) continue;
      const { lastActive, held } = peer.connection;
      const idle = this.#tick - lastActive;
      peer.countBuffers();
      if (isStale(idle, peer.parked, held, this.#limits, now)) {
        this.#close(peer);
      } else if (peer.reading) {
        if (idle > 0) peer.connection.shrink();
        if (peer.connection.timeOut(clock)) this.#timeOut(peer);
      }
    }
    for (const peer of this.#shortage.victims(this.#peers, this.#tick)) {
      this.#close(peer);
    }
  }

  /** Closes a connection that waits for a request, or a part of one, too long. */
  async #timeOut(peer: Peer): Promise<void> {
    const { bytes, length } = peer.connection.reply;
    peer.reading = false;
    if (length > 0) {
      // The socket has room for it, or its client reads nothing.
      const written = peer.socket.write(bytes.subarray(0, length)).catch(() => {
        // The client has gone.
      });
      const late = new Promise((resolve) => setTimeout(resolve, TICK));
      await Promise.race([written, late]);
    }
    this.#close(peer, false);
  }

  /**
   * Closes a connection.
   *
   * @param atOnce whether what has been answered need not be sent any more.
   */
  #close(peer: Peer, atOnce = true): void {
    if (!this.#peers.delete(peer)) return;
    const { socket, connection } = peer;
    peer.reading = false;
    connection.close();
    peer.wake(); // so that it sees that it is closed
    const gone = () => {
      this.#context.counters[CONNECTIONS_OPEN]--;
    };
    if (isTls(socket)) this.#tls.close(socket, atOnce, gone);
    else {
      gone();
      try {
        socket.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    }
    if (this.#peers.size === 0) this.#emptied();
  }
}
