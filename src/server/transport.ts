/**
 * What a transport is: it moves bytes between sockets and connections.
 *
 * @module
 */

import type { Address } from "./address.ts";

/** What a client may cost. */
export interface Limits {
  /** Connections open at a time. */
  readonly maxConnections: number;
  /**
   * After how many milliseconds without a byte in either direction a connection
   * is closed; 0: never.
   */
  readonly idleTimeout: number;
}

/** Listens on one address and serves its connections. */
export interface Transport {
  /** Where it listens, with the port that the system chose. */
  readonly address: Address;
  /** Begins to accept connections; until then they wait. */
  start(): void;
  /**
   * Accepts no more, lets requests in flight finish for `grace` milliseconds at
   * most, and closes everything.
   */
  stop(grace: number): Promise<void>;
}
