/**
 * The beginning and the end of TLS connections, which take as long as the client
 * likes if nobody looks after them.
 *
 * Deno closes the socket of a TLS connection when its handshake is over and its
 * last bytes have been sent, and not before: a client that stops halfway, or does
 * not read, keeps the descriptor, also when the connection has been closed here.
 * So a handshake must be over in time, and a connection counts until its
 * descriptor has gone. One that takes too long is shut down below its TLS.
 *
 * Where descriptors cannot be told, an unfinished handshake counts as a connection
 * until the client ends it.
 *
 * @module
 */

import {
  canTellDescriptors,
  descriptorsOf,
  type Ends,
  shutDown,
} from "./socket_descriptors.ts";
import { TICK } from "./transport.ts";

/** How long a handshake may take, in milliseconds. */
export const HANDSHAKE_LIMIT_MS = 10_000;

/** How long it may take to send the last bytes, in milliseconds. */
const LAST_BYTES_LIMIT_MS = 10_000;

/** How often it is looked whether the last ones have gone, in milliseconds. */
const LOOK_INTERVAL_MS = 20;

/** A connection that has been closed here. */
interface Closing extends Ends {
  /** The tick at which it must have gone. */
  readonly deadline: number;
  /** Its descriptor has gone. */
  gone(): void;
}

/** The TLS connections of a thread. */
export class TlsSockets {
  #tick = 0;
  /** Handshakes, with the tick at which each must be over. */
  readonly #handshakes = new Map<Deno.TlsConn, number>();
  #closing: Closing[] = [];

  /**
   * Settles when a handshake is over, and fails if it has failed, or has not come
   * to an end in time.
   */
  async handshake(
    socket: Deno.TlsConn,
    limit: number = HANDSHAKE_LIMIT_MS,
  ): Promise<void> {
    // A client that has come again from the same port has closed there before.
    const again = this.#closing.filter((one) => haveSameEnds(one, socket));
    if (again.length > 0) this.#gone(again);
    this.#handshakes.set(socket, this.#tick + Math.ceil(limit / TICK));
    try {
      await socket.handshake();
    } finally {
      this.#handshakes.delete(socket);
    }
  }

  /**
   * Closes a connection.
   *
   * @param atOnce whether its last bytes, and its handshake, are not waited for.
   * @param gone is called when it has no descriptor any more.
   */
  close(socket: Deno.TlsConn, atOnce: boolean, gone: () => void): void {
    const { localAddr, remoteAddr } = socket;
    const limit = atOnce ? 0 : LAST_BYTES_LIMIT_MS;
    const deadline = this.#tick + Math.ceil(limit / TICK);
    try {
      socket.close();
    } catch (error) {
      if (!(error instanceof Deno.errors.BadResource)) throw error;
    }
    if (!canTellDescriptors()) gone();
    else this.#closing.push({ localAddr, remoteAddr, deadline, gone });
  }

  /** A tick of the transport's clock has passed. */
  onTick(): void {
    this.#tick++;
    const late = [...this.#handshakes]
      .filter(([, deadline]) => this.#tick > deadline)
      .map(([socket]) => socket);
    this.#end(late);
  }

  /** Ends all that has not come to its end before a time of the clock. */
  async end(deadline: number): Promise<void> {
    while (this.#closing.length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL_MS));
      this.#end([]);
    }
    this.#tick = Infinity;
    this.#end([...this.#handshakes.keys()]);
  }

  /** Shuts down what is late; what has gone is told. */
  #end(handshakes: readonly Deno.TlsConn[]): void {
    const closing = this.#closing;
    if (handshakes.length === 0 && closing.length === 0) return;
    const open = descriptorsOf<Ends>([...handshakes, ...closing]);
    const late = [
      ...handshakes,
      ...closing.filter(({ deadline }) => this.#tick > deadline),
    ];
    for (const one of late) {
      const descriptor = open.get(one);
      if (descriptor !== undefined) shutDown(descriptor);
    }
    this.#gone(closing.filter((one) => !open.has(one)));
  }

  #gone(some: readonly Closing[]): void {
    this.#closing = this.#closing.filter((one) => !some.includes(one));
    for (const one of some) one.gone();
  }
}

function haveSameEnds(one: Ends, other: Ends): boolean {
  return one.remoteAddr.port === other.remoteAddr.port &&
    one.remoteAddr.hostname === other.remoteAddr.hostname &&
    one.localAddr.port === other.localAddr.port &&
    one.localAddr.hostname === other.localAddr.hostname;
}
