/**
 * One connection's log-in: what it has tried, and as whom it is known.
 *
 * @module
 */

import type { Logins } from "./logins.ts";
import { Finding, type Verdict } from "./verdict.ts";

/** So many failures on one connection are its last. */
export const MAX_FAILURES = 10;

/** A connection, as far as it must be known here. */
export interface Client {
  /** Where it comes from: an IP address, or `unix`. */
  readonly address: string;
  /** There is a verdict. */
  wake(): void;
  /** Closes it: the user that it is known as is not one any more. */
  close(): void;
}

/** The log-in of one connection. */
export class Login {
  /** The connection. */
  readonly client: Client;
  /** Whom it is known as; empty if it is a stranger's. */
  name = "";
  /** The hash that the password was right by. */
  hash: string | undefined;
  /** What has come of the last try; `undefined` while it is being checked. */
  verdict: Verdict | undefined;
  /** The number of the check that is awaited. */
  awaited: number | undefined;
  readonly #logins: Logins;
  #failures = 0;

  /** Begins as a stranger's; {@linkcode Logins.open} makes it. */
  constructor(logins: Logins, client: Client) {
    this.#logins = logins;
    this.client = client;
  }

  /** Whether so many have failed that the connection is to be closed. */
  get isExhausted(): boolean {
    return this.#failures >= MAX_FAILURES;
  }

  /**
   * Tries a password. The {@linkcode verdict} may be there at once; if it is not,
   * the client is woken when it is.
   */
  try(name: string, password: string): void {
    this.verdict = undefined;
    this.#logins.check(this, name, password);
  }

  /** Takes a verdict; whoever was known stays so if it is not right. */
  settle(name: string, verdict: Verdict): void {
    this.verdict = verdict;
    switch (verdict.finding) {
      case Finding.Right:
        this.name = name;
        this.hash = verdict.hash;
        break;
      case Finding.Wrong:
      case Finding.TooMany:
        this.#failures++;
        break;
      case Finding.Crowded:
        // That there was no time for it is not its fault.
    }
  }

  /** The connection is a stranger's again, or closed. */
  end(): void {
    this.name = "";
    this.hash = this.verdict = undefined;
    this.#logins.forget(this);
  }
}
