/**
 * The connections of one thread, as `CLIENT` tells them.
 *
 * @module
 */

import type { ConnectionMemory } from "../memory_budget.ts";
import type { Reply } from "../reply.ts";
import { TEXT_BYTE_WORK } from "../work.ts";
import { OUT_OF_MEMORY, Refusal, type Turns } from "./command.ts";
import { bulkEnd, type RespVersion, verbatimHeader } from "./encode.ts";
import type { RespSession } from "./session.ts";

/** What a line costs besides its bytes, in units of work. */
const LINE_WORK = 500;

/** What a line takes besides its characters, in bytes. */
const LINE_OVERHEAD = 64;

/** Numbers are unique among so many threads. */
const THREADS = 1024;

/** Sessions that are open. */
export class Peers {
  readonly #sessions = new Set<RespSession>();
  readonly #thread = Math.floor(Math.random() * THREADS);
  #count = 0;

  /** Takes note of a session; returns its number. */
  add(session: RespSession): number {
    this.#sessions.add(session);
    return ++this.#count * THREADS + this.#thread;
  }

  /** The session is closed. */
  delete(session: RespSession): void {
    this.#sessions.delete(session);
  }

  /** Tells of all of them, a line each. */
  *list(
    reply: Reply,
    version: RespVersion,
    memory: ConnectionMemory,
  ): Turns {
    const lines: string[] = [];
    let length = 0, held = 0;
    try {
      for (const session of this.#sessions) {
        if (reply.full) reply = yield;
        const line = `${describe(session)}\n`;
        if (!memory.take(LINE_OVERHEAD + line.length)) {
          throw new Refusal(OUT_OF_MEMORY);
        }
        held += LINE_OVERHEAD + line.length;
        reply.work += LINE_WORK + TEXT_BYTE_WORK * line.length;
        length += line.length;
        lines.push(line);
      }
      verbatimHeader(reply, length, version);
      for (const line of lines) {
        if (reply.full) reply = yield;
        reply.work += LINE_WORK;
        reply.text(line);
      }
      bulkEnd(reply);
    } finally {
      memory.give(held);
    }
  }
}

/** The line of one connection, as far as a session knows it. */
export function describe(session: RespSession): string {
  const { id, name, begun, database, last, version, library } = session;
  const age = Math.floor((Date.now() - begun) / 1000);
  const [libraryName, libraryVersion] = library;
  return `id=${id} name=${name} age=${age} flags=N db=${database.number} cmd=${last} resp=${version} lib-name=${libraryName} lib-ver=${libraryVersion}`;
}
