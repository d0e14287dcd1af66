/**
 * Who may ask over HTTP: those with a bearer token (RFC 6750).
 *
 * @module
 */

import { problem } from "./problem.ts";

/** The tokens that may ask. */
export interface Tokens {
  /** Whether it is one of them; takes the same time if it is not. */
  allows(token: string): boolean;
}

/** Why a request is refused, or `undefined` if it is not. */
export function refusal(
  request: Request,
  tokens: Tokens,
): Response | undefined {
  const given = request.headers.get("authorization");
  const token = /^Bearer +([\w.~+/-]+=*) *$/i.exec(given ?? "")?.[1];
  if (token !== undefined && tokens.allows(token)) return undefined;
  const challenge = 'Bearer realm="goromdb"';
  return given === null
    ? problem(401, "send a token: Authorization: Bearer TOKEN", {
      "www-authenticate": challenge,
    })
    : problem(401, "this token is not one of those that may ask", {
      "www-authenticate": `${challenge}, error="invalid_token"`,
    });
}
