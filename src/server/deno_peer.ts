/**
 * A connection of Deno's transport, and its socket.
 *
 * @module
 */

import {
  ConnectionMemory,
  type MemoryBudget,
} from "../protocol/memory_budget.ts";
import type { Link } from "../protocol/protocol.ts";
import type { Connection } from "./connection.ts";
import type { Holder } from "./memory_shortage.ts";

/**
 * What Deno holds of a TLS connection whose client does not read, in bytes: 64 KB
 * to be sent, and what has been received.
 */
const TLS_BUFFERS = 96 * 1024;

/** A connection's socket. */
export type Socket = Deno.TcpConn | Deno.TlsConn | Deno.UnixConn;

/** Whether a socket speaks TLS. */
export function isTls(socket: Socket): socket is Deno.TlsConn {
  return "handshake" in socket;
}

/** A connection and its socket. */
export class Peer implements Link, Holder {
  /** The socket. */
  readonly socket: Socket;
  /** The connection. */
  readonly connection: Connection;
  /** What is held for it. */
  readonly memory: ConnectionMemory;
  /** Closes it; see {@linkcode Link.close}. */
  readonly close: () => void;
  /** Since when it has held memory; see {@linkcode Holder.holdingSince}. */
  holdingSince = 0;
  /** Whether its TLS is still being agreed on. */
  handshaking = false;
  /** Whether it waits for bytes. */
  reading = false;
  /** Whether its session waits. */
  parked = false;
  /** Whether the socket has not taken all of a reply yet. */
  sending = false;
  /** What is counted of Deno's buffers, in bytes. */
  #buffers = 0;
  #woken = false;
  #resume = () => {};

  /**
   * Joins a connection to its socket.
   *
   * @param open begins the conversation.
   * @param close closes both.
   */
  constructor(
    socket: Socket,
    budget: MemoryBudget | undefined,
    open: (link: Link) => Connection,
    close: () => void,
  ) {
    this.socket = socket;
    this.close = close;
    this.memory = new ConnectionMemory(budget);
    this.connection = open(this);
  }

  /** The tick at which something last happened. */
  get lastActive(): number {
    return this.connection.lastActive;
  }

  /** Where its client is; see {@linkcode Link.address}. */
  get address(): string {
    const { remoteAddr } = this.socket;
    return "hostname" in remoteAddr ? remoteAddr.hostname : "unix";
  }

  /** Ends the wait of its session; see {@linkcode Link.wake}. */
  wake(): void {
    this.#woken = true;
    this.#resume();
  }

  /** Settles when it has been woken. */
  async woken(): Promise<void> {
    this.parked = true;
    while (!this.#woken) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    this.parked = this.#woken = false;
  }

  /** Counts what Deno holds of a reply that has been on its way for some time. */
  countBuffers(): void {
    if (!isTls(this.socket) || !this.sending || this.#buffers > 0) return;
    this.memory.force(TLS_BUFFERS);
    this.#buffers = TLS_BUFFERS;
  }

  /** The reply has been sent. */
  sent(): void {
    this.sending = false;
    this.memory.give(this.#buffers);
    this.#buffers = 0;
  }
}
