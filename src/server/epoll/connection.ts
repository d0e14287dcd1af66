/**
 * One connection of the epoll transport. An idle one holds no buffer: bytes are
 * received into, and replies are put together in, buffers that belong to the
 * thread. What is left over after a turn is kept here, as far as the budget has
 * memory for it.
 *
 * @module
 */

import { free } from "../../protocol/free.ts";
import {
  ConnectionMemory,
  type MemoryBudget,
} from "../../protocol/memory_budget.ts";
import type { Link, Session } from "../../protocol/protocol.ts";

import type { Holder } from "../memory_shortage.ts";

/** Above so many leftover bytes a connection receives into its own buffer. */
const OWN_BUFFER = 4096;

/** No bytes: one object for all, so that none is made for each reply. */
export const NOTHING: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** What a connection asks of its transport. */
export interface Owner {
  /** Where its client is. */
  addressOf(connection: EpollConnection): string;
  /** Calls its session again soon. */
  wake(connection: EpollConnection): void;
  /** Closes it. */
  close(connection: EpollConnection): void;
}

/** The state of one connection. */
export class EpollConnection implements Link, Holder {
  /** The socket. */
  readonly fd: number;
  /** Tells it from an earlier connection with the same descriptor. */
  readonly generation: number;
  /** Answers. */
  readonly session: Session;
  /** What is held for it. */
  readonly memory: ConnectionMemory;
  /** Whether it has not been closed. */
  isOpen = true;
  /** The tick at which something last happened. */
  lastActive: number;
  /** Since when it has held memory; see {@linkcode Holder.holdingSince}. */
  holdingSince = 0;
  /** What the poller waits for. */
  interest: number;
  /** A part of a reply that the socket had no room for. */
  unsent: Uint8Array<ArrayBuffer> = NOTHING;
  /** What has been received and not been used is in `received[start, end)`. */
  received: Uint8Array<ArrayBuffer> = NOTHING;
  /** See {@linkcode received}. */
  start = 0;
  /** See {@linkcode received}. */
  end = 0;
  /** Whether its last turn was so long that the next has to wait for others. */
  isHeavy = false;
  /** Whether its session waits, and nothing else is to be done. */
  parked = false;
  /** Whether its session has been woken, and not been called since. */
  woken = false;
  readonly #owner: Owner;

  /** Begins a conversation on a socket. */
  constructor(
    fd: number,
    generation: number,
    owner: Owner,
    budget: MemoryBudget | undefined,
    open: (link: Link) => Session,
    interest: number,
    tick: number,
  ) {
    this.fd = fd;
    this.generation = generation;
    this.#owner = owner;
    this.memory = new ConnectionMemory(budget);
    this.interest = interest;
    this.lastActive = tick;
    this.session = open(this);
  }

  /** Where its client is; see {@linkcode Link.address}. */
  get address(): string {
    return this.#owner.addressOf(this);
  }

  /** Ends the wait of its session; see {@linkcode Link.wake}. */
  wake(): void {
    this.#owner.wake(this);
  }

  /** Closes it; see {@linkcode Link.close}. */
  close(): void {
    this.#owner.close(this);
  }

  /** How many bytes have been received and not been used. */
  get waiting(): number {
    return this.end - this.start;
  }

  /** Whether so much is waiting that it must be received behind it, here. */
  get hasOwnBuffer(): boolean {
    return this.received.length > OWN_BUFFER;
  }

  /** Whether a request is not answered whole. */
  get busy(): boolean {
    return this.waiting > 0 || this.unsent.length > 0 || this.parked ||
      this.session.midway === true;
  }

  /**
   * Keeps `bytes[start, end)`, which may be in its own buffer already.
   *
   * @returns false, and keeps nothing, if there is no memory for it.
   */
  keep(bytes: Uint8Array<ArrayBuffer>, start: number, end: number): boolean {
    const isOwn = bytes === this.received;
    if (isOwn && (end - start > OWN_BUFFER || !this.hasOwnBuffer)) {
      this.start = start;
      this.end = end;
      if (start === end) this.#drop();
      return true;
    }
    const rest = start === end ? NOTHING : bytes.slice(start, end);
    this.#drop();
    if (!this.memory.take(rest.length)) return false;
    this.received = rest;
    this.end = rest.length;
    return true;
  }

  /**
   * Makes room behind what is waiting in its own buffer.
   *
   * @returns false if there is no memory for more.
   */
  makeRoom(): boolean {
    const { received, start, end } = this;
    if (end < received.length) return true;
    if (start >= received.length / 2) {
      received.copyWithin(0, start, end);
      this.start = 0;
      this.end = end - start;
      return true;
    }
    const length = 2 * received.length;
    if (!this.memory.take(length)) return false;
    const larger = new Uint8Array(length);
    larger.set(received.subarray(start, end));
    this.#drop();
    this.received = larger;
    this.end = end - start;
    return true;
  }

  /**
   * Keeps `bytes[start, end)` until the socket has room for it; the rest of a
   * rest lies here already.
   */
  keepUnsent(
    bytes: Uint8Array<ArrayBuffer>,
    start: number,
    end: number,
  ): void {
    if (bytes === this.unsent) this.unsent = bytes.subarray(start, end);
    else {
      this.memory.force(end - start);
      this.unsent = bytes.slice(start, end);
    }
  }

  /** Everything has been sent. */
  dropUnsent(): void {
    const { unsent } = this;
    this.memory.give(unsent.buffer.byteLength);
    free(unsent);
    this.unsent = NOTHING;
  }

  /** It is closed: lets go of everything. */
  letGo(): void {
    this.isOpen = false;
    this.session.close();
    this.#drop();
    this.dropUnsent();
    this.memory.close();
  }

  /** Nothing is waiting any more. */
  #drop(): void {
    this.memory.give(this.received.length);
    free(this.received);
    this.received = NOTHING;
    this.start = this.end = 0;
  }
}
