/**
 * Errors as JSON (RFC 9457, problem details).
 *
 * @module
 */

import { phraseOf } from "./status.ts";

/** The media type of problems. */
export const PROBLEM_TYPE = "application/problem+json";

/** Header fields as they are sent: lines of `name: value\r\n`. */
export type Fields = string;

/** A request cannot be answered as asked. */
export interface Problem {
  /** The HTTP status. */
  readonly status: number;
  /** What happened, to what, and what to do. */
  readonly detail: string;
  /** More header fields. */
  readonly fields?: Fields;
}

/** A problem as the body of a response. */
export function problemBody({ status, detail }: Problem): Uint8Array {
  // The type "about:blank" says that the status tells what kind it is.
  const title = phraseOf(status);
  const body = { type: "about:blank", title, status, detail };
  return new TextEncoder().encode(JSON.stringify(body) + "\n");
}
