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
import { free } from "../protocol/free.ts";
import type { ConnectionMemory } from "../protocol/memory_budget.ts";
import { Next, type Session } from "../protocol/protocol.ts";
import { Reply } from "../protocol/reply.ts";
import { HEAVY_WORK } from "../protocol/work.ts";

/** An idle connection's buffer, in bytes. */
const SMALLEST = 4 * 1024;

/** A buffer that is full grows to this at most, unless a request needs more. */
const COMFORTABLE = 64 * 1024;

/** A buffer of which less than this part is used is too large. */
const USED_PART = 1 / 16;

/** The state of one connection. */
export class Connection {
  /** What to send. */
  readonly reply: Reply;
  /** The tick of the server's clock at which something last happened. */
  lastActive = 0;
  readonly #session: Session;
  readonly #memory: ConnectionMemory;
  readonly #counters: Counters;
  #received = new Uint8Array(SMALLEST);
  /** What has been received and not yet used: `#received[#start, #end)`. */
  #start = 0;
  #end = 0;

  /** Joins a session to its buffers. */
  constructor(session: Session, memory: ConnectionMemory, counters: Counters) {
    this.#session = session;
    this.#memory = memory;
    this.#counters = counters;
    memory.take(SMALLEST);
    this.reply = new Reply(memory);
  }

  /** Whether a request has been received in part, or answered in part. */
  get busy(): boolean {
    return this.#start < this.#end || this.reply.length > 0 ||
      this.next === Next.Wait || this.#session.midway === true;
  }

  /** Whether its last turn was so long that the next has to wait for others. */
  get isHeavy(): boolean {
    return this.reply.work > HEAVY_WORK;
  }

  /** What the connection should do when its reply has been sent. */
  get next(): Next {
    return this.#session.next;
  }

  /** The data set that a half-given answer is read from. */
  get held(): DataSet | undefined {
    return this.#session.held;
  }

  /**
   * Where to put what is received next; never empty, but `undefined` if there is
   * no memory for it.
   */
  room(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#start === this.#end) {
      this.#start = this.#end = 0;
    } else if (this.#end === this.#received.length) {
      // The beginning of a request: it moves to the front, or gets more room.
      if (this.#start > 0) {
        this.#received.copyWithin(0, this.#start, this.#end);
        this.#end -= this.#start;
        this.#start = 0;
      } else if (!this.#resize(this.#received.length * 2)) return undefined;
    }
    // No more at a time, however much has arrived: others wait.
    return this.#received.subarray(this.#end, this.#end + COMFORTABLE);
  }

  /** Answers what can be answered after `count` bytes were put in the room. */
  answer(count: number): void {
    this.#counters[BYTES_READ] += count;
    this.#end += count;
    const full = this.#end === this.#received.length;
    this.reply.begin(this.#memory.budget);
    this.#start += this.#session.consume(
      this.#received,
      this.#start,
      this.#end,
      this.reply,
    );
    const { length } = this.#received;
    const left = this.#end - this.#start;
    if (length > COMFORTABLE) {
      if (left < COMFORTABLE * USED_PART) this.#resize(COMFORTABLE);
    } else if (left > 0) return;
    else if (full && length < COMFORTABLE) this.#resize(length * 4);
    else if (length > SMALLEST && count < length * USED_PART) {
      this.#resize(SMALLEST);
    }
  }

  /** There is no memory for what is received next: says so. */
  refuse(): void {
    this.#start += this.#session.refuseForMemory(
      this.#received,
      this.#start,
      this.#end,
      this.reply,
    );
    if (this.#start === this.#end) this.#resize(SMALLEST);
  }

  /** The reply has been sent. */
  sent(): void {
    this.#counters[BYTES_WRITTEN] += this.reply.length;
    this.reply.clear();
  }

  /** Whether it waits for too long: then the reply has what to say. */
  timeOut(now: number): boolean {
    return this.#session.timeOut?.(now, this.reply) ?? false;
  }

  /** Gives back what a long reply has taken; nothing is in it. */
  shrink(): void {
    if (this.reply.length === 0) this.reply.shrink();
  }

  /** Lets go of everything. */
  close(): void {
    this.#session.close();
    free(this.#received);
    this.reply.free();
    this.#memory.close();
  }

  /** Takes another buffer; false if there is no memory for a larger one. */
  #resize(length: number): boolean {
    const former = this.#received;
    if (length > former.length && !this.#memory.take(length)) return false;
    const received = new Uint8Array(length);
    received.set(former.subarray(this.#start, this.#end));
    this.#end -= this.#start;
    this.#start = 0;
    this.#received = received;
    this.#memory.give(
      length > former.length ? former.length : former.length - length,
    );
    free(former);
    return true;
  }
}
