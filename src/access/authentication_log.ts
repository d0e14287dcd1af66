/**
 * What the log tells of those who could not say who they are: a line for each
 * try, which programs such as fail2ban read, so its beginning never changes:
 *
 * ```text
 * authentication failed from 192.0.2.1: user "web"
 * ```
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { printable } from "../text/printable.ts";
import { networkOf, plainAddress } from "./network.ts";
import { TokenBuckets } from "./token_buckets.ts";

const logger = getLogger(["goromdb", "auth"]);

/** Lines of one network at once, and each second from then on. */
const BURST = 10, LINES_PER_SECOND = 1;

/** The longest part of a name that is told, in bytes. */
const MAX_NAME_BYTES = 64;

/** Tells of one thread's clients. */
export class AuthenticationLog {
  readonly #budgets: TokenBuckets;
  /** How many have not been told since the last line. */
  #untold = 0;

  /**
   * Has told of nobody yet.
   *
   * @param now a clock, in milliseconds.
   */
  constructor(now?: () => number) {
    this.#budgets = new TokenBuckets({
      burst: BURST,
      perSecond: LINES_PER_SECOND,
      now,
    });
  }

  /**
   * Tells of a try that failed, unless there were too many from its network.
   *
   * @param name who it was said to be; nobody, if it was a token.
   */
  failed(address: string, name?: string): void {
    if (this.#budgets.take(networkOf(address), 1) > 0) {
      this.#untold++;
      return;
    }
    // The address is first: what is behind it, a stranger has chosen.
    logger.warn("authentication failed from {address}: {who}", {
      address: plainAddress(address),
      who: name === undefined ? "unknown token" : `user "${nameOf(name)}"`,
    });
    if (this.#untold === 0) return;
    logger.warn("{count} more were not told: too many from their addresses", {
      count: this.#untold,
    });
    this.#untold = 0;
  }
}

/** A name as the log can bear it: it does not end before its last quote. */
function nameOf(name: string): string {
  return printable(new TextEncoder().encode(name), MAX_NAME_BYTES)
    .replaceAll('"', '\\"');
}
