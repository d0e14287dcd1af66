/**
 * A thread whose connections read all the time, and look at every value: all of
 * a reply are of one data set, and no connection sees an older one again.
 *
 * @module
 */

import { VALUE_SIZE } from "./templates.ts";
import { TICK, Waits } from "./waits.ts";

/** What the thread is told. */
export interface ReaderOptions {
  port: number;
  connections: number;
  /** Keys that there are. */
  records: number;
  /** Keys in one request. */
  keys: number;
  /** Requests a second, all connections together; 0: as many as can be. */
  rate: number;
  /** The threads that serve, as `/proc` names them. */
  serving: string[];
}

/** What has happened within a short time. */
export interface Observation {
  /** When it ended, in milliseconds since 1970. */
  at: number;
  requests: number;
  /** The longest time from when a request was due to its answer, in ms. */
  longest: number;
  /** For how long this thread was held up at most, in ms. */
  stall: number;
  /** For how long the serving threads waited for a processor at most, in ms. */
  waited: number;
  /** The most that is left of a request's time without these, in ms. */
  unexplained: number;
  /** All the times, in ms. */
  times: Float64Array;
  /** Replies with values of two data sets, older ones, or none. */
  mixed: number;
  backwards: number;
  missed: number;
}

/** Why a connection reads no more. */
export interface Failure {
  failure: string;
}

const INTERVAL = 100;

/** Requests that take longer, in ms, are looked into. */
const LONG = 5;

const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<ReaderOptions>) => void;
  postMessage(message: Observation | Failure): void;
};

let times: number[] = [];
let mixed = 0, backwards = 0, missed = 0;
let unexplained = 0, stall = 0, waited = 0;

/** The numbers of a reply's values, or none if it is not what it should be. */
function numbersOf(reply: Uint8Array, length: number): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < length;) {
    const end = reply.indexOf(0x0a, at);
    if (end < 0 || reply[at] !== 0x56) break; // V of VALUE, or END
    const value = end + 1;
    numbers.push(
      digits(reply, value + 1),
      digits(reply, value + VALUE_SIZE - 9),
    );
    at = value + VALUE_SIZE + 2;
  }
  return numbers;
}

function digits(bytes: Uint8Array, at: number): number {
  let number = 0;
  for (let n = 0; n < 8; n++) number = number * 10 + bytes[at + n] - 0x30;
  return number;
}

async function read(options: ReaderOptions, waits: Waits): Promise<void> {
  const { port, records, keys, rate, connections } = options;
  const socket = await Deno.connect({ port });
  socket.setNoDelay(true);
  const encoder = new TextEncoder();
  const buffer = new Uint8Array(keys * (VALUE_SIZE + 100));
  const pause = rate === 0 ? 0 : connections / rate * 1000;
  let due = performance.now() + Math.random() * pause;
  let newest = 0;
  for (;;) {
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    let request = "get";
    for (let n = 0; n < keys; n++) {
      request += ` key-${Math.floor(Math.random() * records)}`;
    }
    await socket.write(encoder.encode(`${request}\r\n`));
    let length = 0;
    while (!endsInEnd(buffer, length)) {
      const count = await socket.read(buffer.subarray(length));
      if (count === null) throw new Error("the server has closed");
      length += count;
    }
    const now = performance.now();
    const time = now - due;
    times.push(time);
    const left = time > LONG ? time - waits.since(due) : time;
    unexplained = Math.max(unexplained, left);
    due = pause === 0 ? now : due + pause;
    const numbers = numbersOf(buffer, length);
    if (numbers.length !== 2 * keys) missed++;
    if (numbers.some((number) => number !== numbers[0])) mixed++;
    if (numbers[0] < newest) backwards++;
    newest = Math.max(newest, numbers[0]);
  }
}

function endsInEnd(bytes: Uint8Array, length: number): boolean {
  return length >= 5 && bytes[length - 5] === 0x45 &&
    bytes[length - 4] === 0x4e && bytes[length - 3] === 0x44 &&
    bytes[length - 1] === 0x0a;
}

thread.onmessage = ({ data }) => {
  const waits = new Waits(data.serving);
  for (let n = 0; n < data.connections; n++) {
    read(data, waits).catch(({ message }) =>
      thread.postMessage({ failure: message })
    );
  }
  setInterval(() => {
    const since = waits.look();
    stall = Math.max(stall, since.stalled);
    waited = Math.max(waited, since.waited);
  }, TICK);
  setInterval(() => {
    thread.postMessage({
      at: Date.now(),
      requests: times.length,
      longest: times.reduce((a, b) => Math.max(a, b), 0),
      unexplained,
      stall,
      waited,
      times: Float64Array.from(times),
      mixed,
      backwards,
      missed,
    });
    times = [];
    mixed =
      backwards =
      missed =
      unexplained =
      stall =
      waited =
        0;
  }, INTERVAL);
};
