/**
 * Connections that could not be accepted, and how that is told.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";

const logger = getLogger(["goromdb", "server"]);

/** It is told once in so many milliseconds: whoever causes it can go on for long. */
const SILENCE_MS = 60_000;

/** Tells of them now and then. */
export class AcceptFailures {
  #toldAt = -Infinity;

  /** Connections cannot be accepted at the moment. */
  tell(reason: string): void {
    const now = performance.now();
    if (now - this.#toldAt < SILENCE_MS) return;
    this.#toldAt = now;
    logger.warn(
      "cannot accept connections for now: {reason}; those that are open are served",
      { reason },
    );
  }
}

/**
 * Codes of errors of the connection that was to be accepted: its client has gone
 * already, or cannot be reached (`accept(2)`, "Error handling").
 */
const OF_CLIENTS: ReadonlySet<unknown> = new Set([
  ...["ECONNABORTED", "ECONNRESET", "ENOTCONN", "EPROTO", "EPERM", "EINTR"],
  ...["ENETDOWN", "ENETUNREACH", "EHOSTDOWN", "EHOSTUNREACH", "ENONET"],
  ...["ENOPROTOOPT", "EOPNOTSUPP"],
]);

/**
 * Whether an accept failed for its client alone. The next may succeed at once,
 * and must not wait: there may be hundreds that went before they were met.
 */
export function isOfClient(error: unknown): boolean {
  return error instanceof Error && "code" in error &&
    OF_CLIENTS.has(error.code);
}
