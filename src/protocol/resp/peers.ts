/**
 * The connections of one thread, as `CLIENT` tells them.
 *
 * @module
 */

import type { RespSession } from "./session.ts";

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

  /** All of them, a line each. */
  describe(): string {
    return [...this.#sessions].map((session) => `${describe(session)}\n`)
      .join("");
  }
}

/** The line of one connection, as far as a session knows it. */
export function describe(session: RespSession): string {
  const { id, name, begun, database, last, version, library } = session;
  const age = Math.floor((Date.now() - begun) / 1000);
  const [libraryName, libraryVersion] = library;
  return `id=${id} name=${name} age=${age} flags=N db=${database.number} cmd=${last} resp=${version} lib-name=${libraryName} lib-ver=${libraryVersion}`;
}
