/**
 * One connection without its socket: what has been received, the session that
 * answers it, and the reply to be sent. Both transports drive it the same way.
 *
 * @module
 */

import type { DataSet } from "../handler/data_set.ts";
import {
  BYTES_READ,
  BYTES_WRITTEN,
  type Counters,
} from "../protocol/counters.ts";
import { Next, type Session } from "../protocol/protocol.ts";
import { Reply } from "../protocol/reply.ts";

/** An idle connection's buffer, in bytes. */
const SMALLEST = 4 * 1024;

/** A buffer that is full grows to this at most, unless a request needs more. */
const COMFORTABLE = 64 * 1024;

/** The state of one connection. */
export class Connection {
  /** What to send. */
  readonly reply: Reply = new Reply();
  /** The tick of the server's clock at which something last happened. */
  lastActive = 0;
  readonly #session: Session;
  readonly #counters: Counters;
  #received = new Uint8Array(SMALLEST);
  /** What has been received and not yet used: `#received[#start, #end)`. */
  #start = 0;
  #end = 0;

  /** Joins a session to its buffers. */
  constructor(session: Session, counters: Counters) {
    this.#session = session;
    this.#counters = counters;
  }

  /** Whether a request has been received in part, or answered in part. */
  get busy(): boolean {
    return this.#start < this.#end || this.reply.length > 0 ||
      this.next === Next.Wait;
  }

  /** What the connection should do when its reply has been sent. */
  get next(): Next {
    return this.#session.next;
  }

  /** The data set that a half-given answer is read from. */
  get held(): DataSet | undefined {
    return this.#session.held;
  }

  /** Where to put what is received next; never empty. */
  room(): Uint8Array<ArrayBuffer> {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
    } else if (this.#end === this.#received.length) {
      // The beginning of a request: it moves to the front, or gets more room.
      if (this.#start > 0) this.#received.copyWithin(0, this.#start, this.#end);
      else this.#resize(this.#received.length * 2);
      this.#end -= this.#start;
      this.#start = 0;
    }
    return this.#received.subarray(this.#end);
  }

  /** Answers what can be answered after `count` bytes were put in the room. */
  answer(count: number): void {
    this.#counters[BYTES_READ] += count;
    this.#end += count;
    const full = this.#end === this.#received.length;
    this.#start += this.#session.consume(
      this.#received,
      this.#start,
      this.#end,
      this.reply,
    );
    if (this.#start < this.#end) return;
    const { length } = this.#received;
    if (full && length < COMFORTABLE) this.#resize(length * 4);
    else if (length > COMFORTABLE) this.#resize(COMFORTABLE);
  }

  /** The reply has been sent. */
  sent(): void {
    this.#counters[BYTES_WRITTEN] += this.reply.length;
    this.reply.clear();
  }

  /** Lets go of everything. */
  close(): void {
    this.#session.close();
  }

  #resize(length: number): void {
    const received = new Uint8Array(length);
    received.set(this.#received.subarray(this.#start, this.#end));
    this.#end -= this.#start;
    this.#start = 0;
    this.#received = received;
  }
}
