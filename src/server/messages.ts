/**
 * What the control thread and a serving thread say to each other.
 *
 * @module
 */

import type { Check, Verdict } from "../access/verdict.ts";
import type { SharedDataSet } from "../handler/data_set.ts";
import type { Counters } from "../protocol/counters.ts";
import type { SharedBudget, TakenByThread } from "../protocol/memory_budget.ts";
import type { HttpSettings } from "../protocol/http/http.ts";
import type { Descriptors } from "./epoll/descriptors.ts";
import type { Address } from "./address.ts";
import type { Credentials } from "./credentials.ts";
import type { Limits } from "./transport.ts";

/** What moves the bytes. */
export type TransportName = "deno" | "epoll";

/** Everything that a serving thread needs to know; plain data. */
export interface ServingSpec {
  /** Where to listen; host names are IP addresses, ports are not 0. */
  readonly addresses: readonly Address[];
  /** What is spoken there: a name in the registry of protocols, or `http`. */
  readonly protocol: string;
  /** What is set for HTTP, if that is spoken. */
  readonly http?: HttpSettings;
  /** What parts the name of a database and a key, where there are several. */
  readonly routeSeparator?: string;
  /** What moves the bytes. */
  readonly transport: TransportName;
  /** How many threads serve. */
  readonly threads: number;
  /** What clients may cost, all threads together. */
  readonly limits: Limits;
  /** Whether connections stay when their users are removed. */
  readonly keepSessions?: boolean;
  /** When the server was started, in milliseconds since 1970. */
  readonly startedAt: number;
}

/** A database that clients reach. */
export interface ServedDatabase {
  /** Its name. */
  readonly name: string;
  /** Where the control thread counts its loads and failures. */
  readonly counters: Counters;
}

/** The control thread's words; each is answered by one {@linkcode Said}. */
export type Order =
  | {
    readonly order: "open";
    readonly spec: ServingSpec;
    /** The databases, without data yet. */
    readonly databases: readonly ServedDatabase[];
    /** What clients and server are known by. */
    readonly credentials: Credentials;
    /** What clients may make the process hold, and what this thread has of it. */
    readonly memory: SharedBudget;
    readonly taken: TakenByThread;
    /** What this thread counts. */
    readonly row: Counters;
    /** What all threads count. */
    readonly rows: readonly Counters[];
    /** Where it notes the file descriptors that it has open. */
    readonly descriptors: Descriptors;
    /** The `eventfd` that wakes the thread, with the epoll transport. */
    readonly bell?: number;
    /** Sockets that listen already and are shared, by address. */
    readonly sockets: readonly (number | undefined)[];
  }
  | { readonly order: "start" }
  | { readonly order: "renew"; readonly credentials: Credentials }
  | {
    /** A password that the thread has asked about has been checked. */
    readonly order: "settle";
    readonly id: number;
    readonly verdict: Verdict;
  }
  | { readonly order: "serve"; readonly databases: readonly ServedDatabase[] }
  | {
    readonly order: "prepare";
    readonly database: string;
    readonly next: SharedDataSet;
  }
  | { readonly order: "commit"; readonly database: string }
  | { readonly order: "abort"; readonly database: string }
  | { readonly order: "released"; readonly database: string }
  | { readonly order: "stop"; readonly grace: number };

/** The first order that a thread is given. */
export type OpenOrder = Order & { readonly order: "open" };

/** An order with its number. */
export type NumberedOrder = Order & { readonly number: number };

/**
 * A serving thread's words: an answer to an order, a password to be checked, or a
 * line for the log.
 */
export type Said =
  | { readonly said: "done"; readonly number: number }
  | {
    readonly said: "failed";
    readonly number: number;
    readonly reason: string;
  }
  | { readonly said: "check"; readonly check: Check }
  | { readonly said: "give up"; readonly id: number }
  | {
    readonly said: "log";
    readonly level: "info" | "warn" | "error";
    readonly category: readonly string[];
    readonly message: string;
    readonly properties: Record<string, unknown>;
  };
