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
