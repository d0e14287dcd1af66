/**
 * What a transport is: it moves bytes between sockets and connections.
 *
 * @module
 */

import type { DataSet } from "../handler/data_set.ts";
import type { Protocol } from "../protocol/protocol.ts";
import type { Certificate } from "./tls.ts";

/** What a client may cost. */
export interface Limits {
  /** Connections open at a time. */
  readonly maxConnections: number;
  /**
   * After how many milliseconds without a byte in either direction a connection
   * is closed; 0: as the protocol has it, which is never or
   * {@linkcode Protocol.idleTimeout}.
   */
  readonly idleTimeout: number;
}

/** The limits of those who speak a protocol, which may have an idle time. */
export function limitsOf(
  { idleTimeout = 0 }: Protocol,
  limits: Limits,
): Limits {
  return { ...limits, idleTimeout: limits.idleTimeout || idleTimeout };
}

/** Serves the connections of some listeners. */
export interface Transport {
  /** Begins to accept connections; until then they wait. */
  start(): void;
  /**
   * Accepts no more, lets requests in flight finish for `grace` milliseconds at
   * most, and closes everything.
   */
  stop(grace: number): Promise<void>;
  /**
   * Shows another certificate from now on; requests in flight are answered. Only
   * transports that speak TLS can.
   */
  renew?(certificate: Certificate): Promise<void>;
}

/** How often a transport looks for stale connections, in milliseconds. */
export const TICK = 250;

/**
 * For so many milliseconds a client may go on reading an answer from a data set
 * that has been replaced; then it is cut off, so that the memory can be freed.
 */
const RETIRED_LIMIT = 10_000;

/**
 * A connection whose session waits is not idle. But what it waits for must come
 * within so many milliseconds.
 */
const WAIT_LIMIT_MS = 60_000;

/**
 * Whether a connection should be closed.
 *
 * @param idle for how many ticks nothing has happened.
 * @param parked whether its session waits for something other than bytes.
 * @param held the data set that a half-given answer is read from.
 * @param now in milliseconds since 1970.
 */
export function isStale(
  idle: number,
  parked: boolean,
  held: DataSet | undefined,
  { idleTimeout }: Limits,
  now: number,
): boolean {
  const limit = parked ? WAIT_LIMIT_MS : idleTimeout;
  return limit !== 0 && idle > Math.ceil(limit / TICK) ||
    held !== undefined && held.retiredAt !== 0 &&
      now - held.retiredAt > RETIRED_LIMIT;
}
