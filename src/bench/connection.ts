/**
 * One connection of a load: writes requests, several of them ahead of their
 * replies, and takes the time of each.
 *
 * @module
 */

import type { Snapshot } from "../storage/storage.ts";
import type { Choose } from "./choose.ts";
import type { Keys } from "./keys.ts";
import { Replies, ServerError, type Tally } from "./replies.ts";
import type { Wire } from "./wire.ts";

/** What all connections of a load have in common. */
export interface Conversation {
  /** The protocol. */
  readonly wire: Wire;
  /** The keys to ask for. */
  readonly keys: Keys;
  /** Which of them. */
  readonly choose: Choose;
  /** How many in one request. */
  readonly keysPerRequest: number;
  /** How many requests may be on their way at a time. */
  readonly mostAhead: number;
  /** What to compare the values with. */
  readonly expected?: Snapshot;
  /** Where hits and misses are counted. */
  readonly tally: Tally;
  /** Is told how long a request took, in microseconds. */
  readonly onLatency: (microseconds: number) => void;
}

const RECEIVED = 64 * 1024;

/** One connection. */
export class Connection {
  /** Requests that wait for their replies. */
  ahead = 0;
  /** Is called when a reply is complete. */
  onReply: () => void = () => {};
  readonly #conn: Deno.Conn;
  readonly #conversation: Conversation;
  readonly #replies: Replies;
  /** When each request was due, as a ring, in milliseconds. */
  readonly #due: Float64Array;
  /** The keys of each request, as a ring. */
  readonly #asked: Int32Array;
  #nextDue = 0;
  #nextReply = 0;
  #pending = new Uint8Array(4096);
  #pendingLength = 0;
  #writing = Promise.resolve();
  #isWriting = false;
  #closed = false;

  /** Takes over an open connection. */
  constructor(conn: Deno.Conn, conversation: Conversation) {
    const { mostAhead, keysPerRequest } = conversation;
    this.#conn = conn;
    this.#conversation = conversation;
    this.#due = new Float64Array(mostAhead);
    this.#asked = new Int32Array(mostAhead * keysPerRequest);
    this.#replies = new Replies(
      conversation.wire,
      conversation.keys,
      this.#asked,
      keysPerRequest,
      conversation.expected,
      conversation.tally,
      () => this.#complete(),
    );
  }

  /**
   * Adds a request to those that {@linkcode flush} sends.
   *
   * @param due when it should be on its way, as `performance.now()` counts; its
   * latency is counted from then on, also if it is sent later.
   */
  ask(due: number): void {
    const { wire, keys, choose, keysPerRequest } = this.#conversation;
    const first = this.#nextDue * keysPerRequest;
    let keyBytes = 0;
    for (let n = first; n < first + keysPerRequest; n++) {
      const key = choose();
      this.#asked[n] = key;
      keyBytes += keys.starts[key + 1] - keys.starts[key];
    }
    const room = wire.room(keyBytes, keysPerRequest);
    if (this.#pendingLength + room > this.#pending.length) {
      const larger = new Uint8Array(2 * (this.#pendingLength + room));
      larger.set(this.#pending.subarray(0, this.#pendingLength));
      this.#pending = larger;
    }
    this.#pendingLength = wire.request(
      this.#pending,
      this.#pendingLength,
      keys,
      this.#asked,
      first,
      keysPerRequest,
    );
    this.#due[this.#nextDue] = due;
    this.#nextDue = (this.#nextDue + 1) % this.#due.length;
    this.ahead++;
  }

  /** Sends what has been asked, as soon as what was sent before is on its way. */
  flush(): void {
    if (this.#isWriting || this.#pendingLength === 0) return;
    this.#isWriting = true;
    this.#writing = this.#write();
    this.#writing.catch(() => {}); // the reading side tells
  }

  /**
   * Reads replies until {@linkcode close}.
   *
   * @throws {ServerError} if the server closes the connection or answers wrongly.
   */
  async read(): Promise<void> {
    const received = new Uint8Array(RECEIVED);
    try {
      for (let n; (n = await this.#conn.read(received)) !== null;) {
        this.#replies.take(received, n);
      }
    } catch (error) {
      if (this.#closed) return;
      throw error;
    }
    if (!this.#closed) {
      throw new ServerError("the server has closed a connection");
    }
  }

  /** Closes the connection; replies that are on their way are forgotten. */
  close(): void {
    this.#closed = true;
    this.#conn.close();
  }

  async #write(): Promise<void> {
    let sending = new Uint8Array(this.#pending.length);
    try {
      while (this.#pendingLength > 0) {
        const length = this.#pendingLength;
        const free = sending;
        sending = this.#pending;
        this.#pending = free;
        this.#pendingLength = 0;
        for (let at = 0; at < length;) {
          at += await this.#conn.write(sending.subarray(at, length));
        }
      }
    } finally {
      this.#isWriting = false;
    }
  }

  #complete(): void {
    const due = this.#due[this.#nextReply];
    this.#nextReply = (this.#nextReply + 1) % this.#due.length;
    this.ahead--;
    this.#conversation.onLatency((performance.now() - due) * 1000);
    this.onReply();
  }
}
