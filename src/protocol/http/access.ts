/**
 * Who may ask over HTTP: those with a bearer token (RFC 6750).
 *
 * @module
 */

import { Field } from "./field_names.ts";
import type { Problem } from "./problem.ts";
import type { RequestHead } from "./request_head.ts";

/** The tokens that may ask. */
export interface Tokens {
  /** Whether it is one of them; takes the same time if it is not. */
  allows(token: string): boolean;
}

const CHALLENGE = 'www-authenticate: Bearer realm="goromdb"';

/** There is no token. */
const NO_TOKEN: Problem = {
  status: 401,
  detail: "send a token: Authorization: Bearer TOKEN",
  fields: `${CHALLENGE}\r\n`,
};

/** There is one, which may not ask. */
export const WRONG_TOKEN: Problem = {
  status: 401,
  detail: "this token is not one of those that may ask",
  fields: `${CHALLENGE}, error="invalid_token"\r\n`,
};

/** Why a request is refused, or `undefined` if it is not. */
export function refusal(
  head: RequestHead,
  tokens: Tokens,
): Problem | undefined {
  const given = head.text(Field.Authorization);
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(given ?? "")?.[1];
  if (token !== undefined && tokens.allows(token)) return undefined;
  return given === undefined ? NO_TOKEN : WRONG_TOKEN;
}
