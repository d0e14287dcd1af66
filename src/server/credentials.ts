/**
 * What a listener knows its clients by, and they it: the texts of the files, so
 * that the threads need not read them, and all have the same.
 *
 * @module
 */

import { TokenList } from "../access/tokens.ts";
import { UserList } from "../access/users.ts";
import type { Tokens } from "../protocol/http/access.ts";
import type { Users } from "../protocol/protocol.ts";
import type { Certificate } from "./tls.ts";

/** A file that has been read. */
export interface FileText {
  /** Where it is, for messages. */
  readonly path: string;
  /** What is in it. */
  readonly text: string;
}

/** The credentials of a listener; plain data. */
export interface Credentials {
  /** The users; without it, everybody may ask. */
  readonly users?: FileText;
  /** The bearer tokens; without it, everybody may ask. */
  readonly tokens?: FileText;
  /** Makes it TLS. */
  readonly certificate?: Certificate;
}

/**
 * Who may ask, in one thread; those of a newer file take the place of the others.
 * Whether there are any does not change.
 */
export class Admission {
  /** The users, if they are asked for a password. */
  readonly users: Users | undefined;
  /** The tokens, if one is asked for. */
  readonly tokens: Tokens | undefined;
  #users: UserList | undefined;
  #tokens: TokenList | undefined;

  /**
   * Admits those of the files.
   *
   * @throws {AccessFileError} if a line is wrong.
   */
  constructor(credentials: Credentials) {
    this.renew(credentials);
    this.users = this.#users && {
      allows: (name, password) => this.#users!.allows(name, password),
    };
    this.tokens = this.#tokens && {
      allows: (token) => this.#tokens!.allows(token),
    };
  }

  /**
   * Admits those of the files from now on. Who is in stays.
   *
   * @throws {AccessFileError} if a line is wrong; then nothing has changed.
   */
  renew({ users, tokens }: Credentials): void {
    const list = users && new UserList(users.text, users.path);
    this.#tokens = tokens && new TokenList(tokens.text, tokens.path);
    this.#users = list;
  }
}
