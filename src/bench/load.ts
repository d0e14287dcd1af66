/**
 * Loads a server with gets, and measures it.
 *
 * Without a rate the loop is closed: a connection asks again when it has been
 * answered, so that a slow server is asked less. With a rate it is open:
 * requests are due at fixed times whatever the server does, and what waits for
 * its turn waits at the server's expense, as it would in a real system.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import { build, type Histogram } from "hdr-histogram-js";
import type { Snapshot } from "../storage/storage.ts";
import type { Choose } from "./choose.ts";
import { Connection, type Conversation } from "./connection.ts";
import type { Keys } from "./keys.ts";
import { ServerError, type Tally } from "./replies.ts";
import type { Wire } from "./wire.ts";

/** What to load a server with. */
export interface LoadOptions {
  /** Opens a connection. */
  readonly connect: () => Promise<Deno.Conn>;
  /** What is spoken on it. */
  readonly wire: Wire;
  /** How many connections. */
  readonly connections: number;
  /** Requests that each sends at a time. */
  readonly pipeline: number;
  /** Keys in one request. */
  readonly keysPerRequest: number;
  /** For how long, in seconds. */
  readonly seconds: number;
  /** Requests a second, all connections together; 0: as many as possible. */
  readonly rate: number;
  /** The keys. */
  readonly keys: Keys;
  /** Which of them to ask for. */
  readonly choose: Choose;
  /** What to compare the values with. */
  readonly expected?: Snapshot;
  /** Is called every second. */
  readonly onSecond?: (soFar: LoadFigures) => void;
}

/** What a load has measured. */
export interface LoadFigures extends Tally {
  /** How long it took, in seconds. */
  readonly seconds: number;
  /** Requests that were answered. */
  readonly requests: number;
  /** How long they took, in microseconds. */
  readonly latency: Histogram;
}

/** The longest latency that is told apart from longer ones, in microseconds. */
const LONGEST = 60_000_000;

/** With a rate, so many requests of one connection may wait for replies. */
const MOST_AHEAD = 10_000;

/**
 * Loads a server.
 *
 * @throws {ServerError} if it answers with an error, or closes a connection.
 */
export async function load(options: LoadOptions): Promise<LoadFigures> {
  const { connections: count, pipeline, rate, seconds, onSecond } = options;
  const tally: Tally = { hits: 0, misses: 0, wrong: 0, bytes: 0 };
  const latency = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: LONGEST,
    numberOfSignificantValueDigits: 3,
  });
  let requests = 0;
  const conversation: Conversation = {
    ...options,
    mostAhead: rate === 0 ? pipeline : MOST_AHEAD,
    tally,
    onLatency(microseconds) {
      requests++;
      latency.recordValue(
        Math.min(LONGEST, Math.max(1, Math.round(microseconds))),
      );
    },
  };
  const connections = await connectAll(options, count, conversation);
  const start = performance.now();
  const figures = (): LoadFigures => ({
    ...tally,
    seconds: (performance.now() - start) / 1000,
    requests,
    latency,
  });
  const timer = setInterval(() => onSecond?.(figures()), 1000);
  const stop = new AbortController();
  const failed = Promise.race(
    connections.map((connection) =>
      connection.read().then(() => new Promise<never>(() => {}))
    ),
  );
  try {
    const end = start + seconds * 1000;
    const driven = rate === 0
      ? driveClosed(connections, pipeline, end)
      : driveOpen(connections, rate, start, end, stop.signal);
    await Promise.race([failed, driven]);
    return figures();
  } finally {
    clearInterval(timer);
    stop.abort();
    for (const connection of connections) connection.close();
  }
}

async function connectAll(
  { connect }: LoadOptions,
  count: number,
  conversation: Conversation,
): Promise<Connection[]> {
  const connections: Connection[] = [];
  try {
    while (connections.length < count) {
      connections.push(new Connection(await connect(), conversation));
    }
  } catch (error) {
    for (const connection of connections) connection.close();
    throw error;
  }
  return connections;
}

/** Each connection asks again when all that it has asked is answered. */
async function driveClosed(
  connections: Connection[],
  pipeline: number,
  end: number,
): Promise<void> {
  const ask = (connection: Connection) => {
    const now = performance.now();
    if (now >= end) return;
    for (let n = 0; n < pipeline; n++) connection.ask(now);
    connection.flush();
  };
  for (const connection of connections) {
    connection.onReply = () => {
      if (connection.ahead === 0) ask(connection);
    };
    ask(connection);
  }
  await until(end);
}

/** Requests become due one after the other, on each connection in turn. */
async function driveOpen(
  connections: Connection[],
  rate: number,
  start: number,
  end: number,
  signal: AbortSignal,
): Promise<void> {
  const interval = 1000 / rate;
  let asked = 0;
  for (let now; (now = performance.now()) < end && !signal.aborted;) {
    const due = Math.floor((now - start) / interval);
    const before = asked;
    while (asked < due) {
      const connection = connections[asked % connections.length];
      if (connection.ahead >= MOST_AHEAD) {
        throw new ServerError(
          `the server does not keep up: ${MOST_AHEAD} requests wait on one connection`,
        );
      }
      connection.ask(start + asked * interval);
      asked++;
    }
    for (let n = before; n < asked && n < before + connections.length; n++) {
      connections[n % connections.length].flush();
    }
    // A timer would sleep for a millisecond or more: too long for a rate.
    await nextTurn();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function until(end: number): Promise<void> {
  return new Promise((resolve) =>
    setTimeout(resolve, Math.max(0, end - performance.now()))
  );
}
