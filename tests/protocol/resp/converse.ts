/** Conversations with the Redis protocol, without a socket. */

import type { Handler } from "../../../src/handler/handler.ts";
import { createCounters } from "../../../src/protocol/counters.ts";
import {
  type NamedHandler,
  Next,
  type Session,
  type SessionContext,
} from "../../../src/protocol/protocol.ts";
import { Reply } from "../../../src/protocol/reply.ts";
import { RespProtocol } from "../../../src/protocol/resp/resp.ts";
import { fromLatin1, latin1 } from "../converse.ts";
import { command } from "./records.ts";

/** What a session lives in. */
export function context(
  databases: NamedHandler[],
  more: Partial<SessionContext> = {},
): SessionContext {
  const counters = createCounters();
  return {
    handler: databases[0].handler,
    databases,
    counters,
    status: {
      version: "9.9.9",
      startedAt: 0,
      maxConnections: 7,
      idleTimeout: 0,
      transport: "none",
      addresses: ["127.0.0.1:6379"],
      threads: 1,
      totals: () => counters,
    },
    onDamage: (error) => {
      throw error;
    },
    ...more,
  };
}

/** A session over one database. */
export function openResp(handler: Handler): Session {
  return new RespProtocol().open(context([{ name: "default", handler }]));
}

/** What is answered to bytes, until the session waits for more. */
export function answer(session: Session, sent: string): string {
  const bytes = latin1(sent);
  const reply = new Reply();
  let text = "";
  let at = 0;
  do {
    at += session.consume(bytes, at, bytes.length, reply);
    text += fromLatin1(reply.bytes.subarray(0, reply.length));
    reply.clear();
  } while (session.next === Next.Resume);
  return text;
}

/** What is answered to a command. */
export function ask(session: Session, ...words: string[]): string {
  return answer(session, command(...words));
}
