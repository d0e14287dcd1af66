/**
 * Turns for those who ask for much: one at a time, and between them all others.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** Who has been waiting longest is next. */
export class Turns {
  readonly #waiting: (() => void)[] = [];

  /** Settles when it is the caller's turn. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(() => this.#give());
    });
  }

  #give(): void {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(() => this.#give());
  }
}
