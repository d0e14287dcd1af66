/**
 * Who may ask, in one serving thread, and what is told of those who may not.
 *
 * @module
 */

import { AuthenticationLog } from "../access/authentication_log.ts";
import type { Client } from "../access/login.ts";
import { Logins, type LoginsOptions } from "../access/logins.ts";
import type { TokenList } from "../access/tokens.ts";
import { Finding, type Verdict } from "../access/verdict.ts";
import {
  AUTH_COMMANDS,
  AUTH_ERRORS,
  AUTH_REFUSED,
  type Counters,
} from "../protocol/counters.ts";
import type { Tokens } from "../protocol/http/access.ts";
import { type Credentials, readLists } from "./credentials.ts";

/** What an admission needs. */
export interface AdmissionOptions
  extends Pick<LoginsOptions, "keepSessions" | "ask" | "giveUp"> {
  /** Where tries are counted. */
  readonly counters: Counters;
}

/**
 * Admits those of the files. Those of a newer file take the place of the others;
 * whether there are any does not change.
 */
export class Admission {
  /** Where clients log in, if they are asked for a password. */
  readonly logins: Logins | undefined;
  /** The tokens, if one is asked for. */
  readonly tokens: Tokens | undefined;
  #tokens: TokenList | undefined;
  readonly #counters: Counters;
  readonly #log = new AuthenticationLog();

  /**
   * Admits those of the files.
   *
   * @throws {AccessFileError} if a line is wrong.
   */
  constructor(
    credentials: Credentials,
    { counters, ...options }: AdmissionOptions,
  ) {
    const { users, tokens } = readLists(credentials);
    this.#counters = counters;
    this.#tokens = tokens;
    this.logins = users && new Logins({
      ...options,
      users,
      onVerdict: (client, name, verdict) =>
        this.#onVerdict(client, name, verdict),
    });
    this.tokens = tokens && {
      allows: (token) => this.#tokens!.allows(token),
    };
  }

  /**
   * Admits those of the files from now on.
   *
   * @throws {AccessFileError} if a line is wrong; then nothing has changed.
   */
  renew(credentials: Credentials): void {
    const { users, tokens } = readLists(credentials);
    this.#tokens = tokens;
    if (users !== undefined) this.logins?.renew(users);
  }

  /** Counts and tells that a client's token is none. */
  onWrongToken(address: string): void {
    this.#counters[AUTH_COMMANDS]++;
    this.#counters[AUTH_ERRORS]++;
    this.#log.failed(address);
  }

  #onVerdict({ address }: Client, name: string, { finding }: Verdict): void {
    this.#counters[AUTH_COMMANDS]++;
    if (finding === Finding.Right) return;
    this.#counters[AUTH_ERRORS]++;
    if (finding !== Finding.Wrong) this.#counters[AUTH_REFUSED]++;
    // That there was no time for it is not the client's fault.
    if (finding !== Finding.Crowded) this.#log.failed(address, name);
  }
}
