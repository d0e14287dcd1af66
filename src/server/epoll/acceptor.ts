/**
 * Sockets that listen: they are accepted from in turns, and left alone for a
 * while when the process has no descriptors left.
 *
 * @module
 */

import type { Protocol } from "../../protocol/protocol.ts";
import { AcceptFailures } from "../accept_failures.ts";
import { errno, type SocketLibc, SystemError } from "./libc.ts";
import { EPOLLEXCLUSIVE, EPOLLIN, type Poller } from "./poller.ts";
import { ACCEPT_FLAGS } from "./socket.ts";

const EINTR = 4, ENFILE = 23, EMFILE = 24;

/** So many connections are accepted before the others have their turn. */
const ACCEPTS_A_TURN = 64;

/** Those that are paused are tried again after so many ticks. */
const PAUSE = 1;

/** Accepts connections. */
export class Acceptor {
  readonly #libc: SocketLibc;
  readonly #poller: Poller;
  readonly #listeners: Map<number, Protocol>;
  readonly #welcome: (fd: number, protocol: Protocol) => void;
  readonly #failures = new AcceptFailures();
  #tick = 0;
  #pausedUntil = 0;

  /**
   * Accepts nothing yet.
   *
   * @param listeners the sockets that listen, and what is spoken there.
   * @param welcome takes each connection.
   */
  constructor(
    libc: SocketLibc,
    poller: Poller,
    listeners: Map<number, Protocol>,
    welcome: (fd: number, protocol: Protocol) => void,
  ) {
    this.#libc = libc;
    this.#poller = poller;
    this.#listeners = listeners;
    this.#welcome = welcome;
  }

  /** Begins to accept, or goes on. */
  start(): void {
    for (const fd of this.#listeners.keys()) {
      this.#poller.add(fd, 0, EPOLLIN | EPOLLEXCLUSIVE);
    }
  }

  /** Whether a descriptor is one of the sockets that listen. */
  has(fd: number): boolean {
    return this.#listeners.has(fd);
  }

  /** Accepts what is waiting at a socket that listens. */
  accept(listener: number): void {
    // One that is paused may have been ready in the same wait.
    for (let n = 0; n < ACCEPTS_A_TURN && this.#pausedUntil === 0; n++) {
      const fd = this.#libc.accept4(listener, null, null, ACCEPT_FLAGS);
      if (fd < 0) {
        const code = errno();
        if (code === EMFILE || code === ENFILE) this.#pause(code);
        // Any other failure is of the one connection that is gone already.
        if (code !== EINTR) return;
      } else this.#welcome(fd, this.#listeners.get(listener)!);
    }
  }

  /** A tick of the transport's clock has passed. */
  onTick(): void {
    this.#tick++;
    if (this.#pausedUntil === 0 || this.#tick <= this.#pausedUntil) return;
    this.#pausedUntil = 0;
    this.start();
  }

  /** Out of descriptors: those that are open are served, and no more are met. */
  #pause(code: number): void {
    this.#failures.tell(new SystemError("accept4", code).message);
    this.#pausedUntil = this.#tick + PAUSE;
    for (const fd of this.#listeners.keys()) this.#poller.remove(fd);
  }
}
