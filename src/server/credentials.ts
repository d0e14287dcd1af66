/**
 * What a listener knows its clients by, and they it: the texts of the files, so
 * that the threads need not read them, and all have the same.
 *
 * @module
 */

import type { FileText } from "../access/entries.ts";
import { TokenList } from "../access/tokens.ts";
import { UserList } from "../access/users.ts";
import type { Certificate } from "./tls.ts";

export type { FileText };

/** The credentials of a listener; plain data. */
export interface Credentials {
  /** The users; without it, everybody may ask. */
  readonly users?: FileText;
  /** The bearer tokens; without it, everybody may ask. */
  readonly tokens?: FileText;
  /** Makes it TLS. */
  readonly certificate?: Certificate;
}

/** The lists in the files of a listener. */
export interface CredentialLists {
  /** The users. */
  readonly users?: UserList;
  /** The bearer tokens. */
  readonly tokens?: TokenList;
}

/**
 * Reads the lists.
 *
 * @throws {AccessFileError} if a line is wrong.
 */
export function readLists({ users, tokens }: Credentials): CredentialLists {
  return {
    users: users && new UserList(users.text, users.path),
    tokens: tokens && new TokenList(tokens.text, tokens.path),
  };
}
