/**
 * Writes the responses of one connection (RFC 9112, section 4).
 *
 * @module
 */

import type { Reply } from "../reply.ts";
import { dateLine } from "./date.ts";
import { type Fields, type Problem, PROBLEM_TYPE } from "./problem.ts";
import { problemBody } from "./problem.ts";
import { statusLine } from "./status.ts";

/** What putting a problem into words costs, in units of work. */
const PROBLEM_WORK = 3000;

/** Writes one response after the other. */
export class Responder {
  /** Whether the response has no body, since the request is a HEAD. */
  headOnly = false;
  /** Whether the connection stays open behind the response. */
  persistent = true;
  /** Whether the client speaks HTTP/1.0. */
  old = false;
  /** What is said in each head besides, which is about who may read it. */
  cors: Fields = "";

  /** Ends a head: the date, the connection, and the empty line. */
  endHead(reply: Reply): void {
    const date = dateLine();
    reply.copy(date, 0, date.length);
    if (this.cors !== "") reply.text(this.cors);
    if (!this.persistent) reply.text("connection: close\r\n");
    else if (this.old) reply.text("connection: keep-alive\r\n");
    reply.text("\r\n");
  }

  /**
   * Writes a whole head.
   *
   * @param length of the body, if it has one and that is known.
   */
  head(
    reply: Reply,
    status: number,
    fields: Fields,
    length: number | undefined,
  ): void {
    reply.text(statusLine(status) + fields);
    if (length !== undefined) reply.text(`content-length: ${length}\r\n`);
    this.endHead(reply);
  }

  /** Writes a whole response. */
  whole(reply: Reply, status: number, fields: Fields, body: Uint8Array): void {
    this.head(reply, status, fields, body.length);
    if (!this.headOnly) reply.copy(body, 0, body.length);
  }

  /** Writes a problem. */
  problem(reply: Reply, problem: Problem): void {
    const { status, fields = "" } = problem;
    reply.work += PROBLEM_WORK;
    const type = `content-type: ${PROBLEM_TYPE}\r\n`;
    this.whole(reply, status, type + fields, problemBody(problem));
  }
}
