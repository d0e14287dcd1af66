/** Conversations with a protocol, without a socket. */

import { DataSet } from "../../src/handler/data_set.ts";
import type { Handler } from "../../src/handler/handler.ts";
import { createCounters } from "../../src/protocol/counters.ts";
import { MemcachedProtocol } from "../../src/protocol/memcached/memcached.ts";
import { Next, type Session } from "../../src/protocol/protocol.ts";
import { Reply } from "../../src/protocol/reply.ts";
import { TableBuilder } from "../../src/storage/table/builder.ts";
import { TableSnapshot } from "../../src/storage/table/table.ts";

/** Characters below U+0100, a byte each. */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** The reverse of {@linkcode latin1}. */
export function fromLatin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** A data set of these records, with this sum. */
export function dataSet(
  records: Record<string, string>,
  sum = "0000000000000002aaaaaaaaaaaaaaaa",
): DataSet {
  const builder = new TableBuilder();
  for (const [key, value] of Object.entries(records)) {
    builder.set(latin1(key), latin1(value));
  }
  const facts = {
    path: "test",
    storage: "json",
    sum,
    size: 1,
    keys: builder.keys,
    openedAt: 0,
  };
  return new DataSet(new TableSnapshot(builder.finish()), facts);
}

/** A session in memory that answers from whatever `handler` has at the time. */
export function openSession(
  handler: Handler,
  counters = createCounters(),
): Session {
  return new MemcachedProtocol().open({
    handler,
    counters,
    status: {
      version: "9.9.9",
      startedAt: 0,
      maxConnections: 7,
      idleTimeout: 0,
      transport: "none",
      addresses: ["127.0.0.1:11211"],
      threads: 1,
      totals: () => counters,
    },
    databases: [{ name: "default", handler }],
    onDamage: () => {},
  });
}

/**
 * What a session answers to bytes that arrive in pieces, up to its close; its
 * transport is the simplest that follows the rules.
 *
 * @param cut the length of each piece.
 */
export function answersTo(
  session: Session,
  sent: string,
  cut = Infinity,
): { answered: string; closed: boolean; unused: number } {
  const bytes = latin1(sent);
  let answered = "";
  let waiting = new Uint8Array(0);
  for (let at = 0; at < bytes.length;) {
    const piece = bytes.subarray(at, at + cut);
    at += piece.length;
    // Stale bytes surround what was received, as in a real buffer.
    const received = new Uint8Array(waiting.length + piece.length + 9).fill(10);
    received.set(waiting, 4);
    received.set(piece, 4 + waiting.length);
    let start = 4;
    const end = 4 + waiting.length + piece.length;
    for (;;) {
      const reply = new Reply();
      const used = session.consume(received, start, end, reply);
      if (used < 0 || used > end - start) throw new RangeError(`used ${used}`);
      start += used;
      answered += fromLatin1(reply.bytes.subarray(0, reply.length));
      if (session.next !== Next.Resume) break;
    }
    waiting = received.slice(start, end);
    if (session.next === Next.Close) {
      return { answered, closed: true, unused: waiting.length };
    }
  }
  return { answered, closed: false, unused: waiting.length };
}
