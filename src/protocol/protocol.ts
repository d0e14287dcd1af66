/**
 * What a protocol is: bytes in, bytes out. It does no I/O and knows no clock,
 * so a test can feed it one byte at a time.
 *
 * @module
 */

import type { Logins } from "../access/logins.ts";
import type { DataSet } from "../handler/data_set.ts";
import type { DataFileError } from "../storage/storage.ts";
import type { Handler } from "../handler/handler.ts";
import type { Counters } from "./counters.ts";
import type { ConnectionMemory, MemoryBudget } from "./memory_budget.ts";
import type { Reply } from "./reply.ts";

/** What a connection should do next. */
export enum Next {
  /** Write the reply, then read more bytes. */
  Read,
  /**
   * Write the reply, let others have their turn, then call `consume` again with
   * the bytes that are left: the reply was getting too long.
   */
  Resume,
  /** Write the reply, then close. */
  Close,
  /**
   * Write the reply, and read nothing more before the session wakes its
   * {@linkcode Link}; then call `consume` again with the bytes that are left.
   */
  Wait,
}

/** A session's connection, as far as the session needs it. */
export interface Link {
  /**
   * Where the session counts what it holds for the client besides the buffers,
   * which the connection counts.
   */
  readonly memory: ConnectionMemory;
  /** The client's IP address, or `unix`; found out when it is asked for. */
  readonly address: string;
  /**
   * Ends a {@linkcode Next.Wait}, which may also end without it: the session
   * says again that it waits if it must.
   */
  wake(): void;
  /** Closes the connection at once, whatever is being answered. */
  close(): void;
}

/** One connection's side of a protocol. */
export interface Session {
  /** What to do after the last {@linkcode consume}. */
  readonly next: Next;
  /**
   * Answers all requests that are whole in `received[start, end)`.
   *
   * @returns how many bytes were used. What was not used must be given again,
   * with more bytes behind it.
   */
  consume(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number;
  /**
   * Says, after a {@linkcode consume} that left `received[start, end)`, that there
   * is no memory to hold it. What is left of the request is passed over as it
   * comes; where that is not possible, {@linkcode next} is then `Close`.
   *
   * @returns how many bytes were used.
   */
  refuseForMemory(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number;
  /** The data set that a half-given answer is read from. */
  readonly held: DataSet | undefined;
  /**
   * Whether a request that has been taken from the received bytes is not answered
   * whole. Sessions that leave a request there until it is answered need not say.
   */
  readonly midway?: boolean;
  /**
   * Whether what the connection waits for has taken too long, whatever trickles
   * in: then the reply has what to say, and the connection is closed. It is called
   * now and then while the connection waits for bytes.
   *
   * @param now in milliseconds, from any beginning.
   */
  timeOut?(now: number, reply: Reply): boolean;
  /** The connection is closed: lets go of what a half-given answer holds. */
  close(): void;
}

/** What a protocol can tell of its server when it is asked. */
export interface ServerStatus {
  /** This program's version. */
  readonly version: string;
  /** When the server was started, in milliseconds since 1970. */
  readonly startedAt: number;
  /** The most connections that it accepts. */
  readonly maxConnections: number;
  /** After how many idle milliseconds a connection is closed; 0: never. */
  readonly idleTimeout: number;
  /** How many threads serve. */
  readonly threads: number;
  /** What moves the bytes: `deno` or `epoll`. */
  readonly transport: string;
  /** Where it listens, as `-addr` takes it. */
  readonly addresses: readonly string[];
  /** The counters of all threads, added up. */
  totals(): Float64Array;
}

/** The name of the only database, where none is configured. */
export const DEFAULT_DATABASE = "default";

/** A database that clients can choose, where a protocol lets them. */
export interface NamedHandler {
  /** The name that the configuration gives it. */
  readonly name: string;
  /** Answers its keys. */
  readonly handler: Handler;
  /** Where its loads and failures are counted. */
  readonly counters?: Counters;
}

/** What a session needs from its surroundings. */
export interface SessionContext {
  /**
   * Answers the keys; where there are several databases, it tells them apart by
   * a prefix of the key.
   */
  readonly handler: Handler;
  /**
   * The databases, for protocols with a way of their own to choose one. They
   * come and go, so the array is looked into at each request.
   */
  readonly databases: readonly NamedHandler[];
  /** Where clients say who they are; without it, everybody may ask. */
  readonly logins?: Logins;
  /** The counters of the thread that the connection belongs to. */
  readonly counters: Counters;
  /** What clients may make the server hold; without it, there is no limit. */
  readonly memory?: MemoryBudget;
  /** The server. */
  readonly status: ServerStatus;
  /** Takes note that a look-up met damage in the data file. */
  onDamage(error: DataFileError): void;
  /**
   * Takes note that a client's token is not one of those that may ask: counts it
   * and tells it.
   *
   * @param address where the client is; see {@linkcode Link.address}.
   */
  onWrongToken?(address: string): void;
  /**
   * Takes note that a client has sent a request of HTTP to another protocol, as
   * a browser does that was tricked into it.
   *
   * @param address where the client is; see {@linkcode Link.address}.
   */
  onWebRequest?(address: string): void;
}

/** Makes a session for each connection. */
export interface Protocol {
  /** The name that `-proto` takes. */
  readonly name: string;
  /** What to tell a connection that is one too many, before it is closed. */
  readonly tooManyConnections: string;
  /**
   * After how many idle milliseconds a connection is closed, unless the server has
   * been told another time; without it, never.
   */
  readonly idleTimeout?: number;
  /** What it is called in TLS (RFC 7301), if it has a name there. */
  readonly alpn?: string;
  /**
   * Begins a conversation.
   *
   * @param link its connection; a session without one has no limits.
   */
  open(context: SessionContext, link?: Link): Session;
}
