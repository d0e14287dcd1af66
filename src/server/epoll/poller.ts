/**
 * `epoll(7)`: waits for many file descriptors in one call.
 *
 * ```text
 * struct epoll_event   x86_64 (packed)   events: 4   data: 8
 *                      aarch64           events: 4   padding: 4   data: 8
 * ```
 *
 * The data are the file descriptor and a generation, which tells a descriptor
 * from one that had the same number before.
 *
 * @module
 */

import { errno, must, type SocketLibc, SystemError } from "./libc.ts";

/** There is something to read. */
export const EPOLLIN = 0x001;
/** There is room to write. */
export const EPOLLOUT = 0x004;
/** An error, or both sides are closed; always waited for. */
export const EPOLLBROKEN = 0x008 | 0x010;
/** Of the threads that wait for one listener, wake one. */
export const EPOLLEXCLUSIVE = 1 << 28;

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1, EPOLL_CTL_DEL = 2, EPOLL_CTL_MOD = 3;
const EINTR = 4;

/** So many events at a time. */
const BATCH = 256;

const packed = Deno.build.arch === "x86_64";
const WORDS = packed ? 3 : 4;
const DATA = packed ? 1 : 2;

/** One epoll instance. */
export class Poller {
  readonly #libc: SocketLibc;
  /** Its own descriptor, which its owner closes. */
  readonly fileDescriptor: number;
  readonly #words = new Int32Array(WORDS * BATCH);
  readonly #events = new Uint8Array(this.#words.buffer);
  readonly #oneWords = new Int32Array(WORDS);
  readonly #one = new Uint8Array(this.#oneWords.buffer);

  /** Makes it. */
  constructor(libc: SocketLibc) {
    this.#libc = libc;
    this.fileDescriptor = must(
      "epoll_create1",
      libc.epoll_create1(EPOLL_CLOEXEC),
    );
  }

  /** Begins to wait for a descriptor; it is forgotten when it is closed. */
  add(fd: number, generation: number, events: number): void {
    this.#control(EPOLL_CTL_ADD, fd, generation, events);
  }

  /** Changes what is waited for; 0: only for its end. */
  change(fd: number, generation: number, events: number): void {
    this.#control(EPOLL_CTL_MOD, fd, generation, events);
  }

  /** Stops waiting for a descriptor that stays open. */
  remove(fd: number): void {
    this.#control(EPOLL_CTL_DEL, fd, 0, 0);
  }

  /**
   * Waits for events, for `ms` milliseconds at most.
   *
   * @returns how many there are.
   */
  wait(ms: number): number {
    const count = this.#libc.epoll_wait(
      this.fileDescriptor,
      this.#events,
      BATCH,
      ms,
    );
    if (count >= 0) return count;
    if (errno() === EINTR) return 0;
    throw new SystemError("epoll_wait", errno());
  }

  /** What has happened, of an event of the last wait. */
  happened(event: number): number {
    return this.#words[event * WORDS];
  }

  /** To which descriptor. */
  fd(event: number): number {
    return this.#words[event * WORDS + DATA];
  }

  /** And to which generation of it. */
  generation(event: number): number {
    return this.#words[event * WORDS + DATA + 1];
  }

  #control(
    operation: number,
    fd: number,
    generation: number,
    events: number,
  ): void {
    this.#oneWords[0] = events;
    this.#oneWords[DATA] = fd;
    this.#oneWords[DATA + 1] = generation;
    must(
      "epoll_ctl",
      this.#libc.epoll_ctl(this.fileDescriptor, operation, fd, this.#one),
    );
  }
}
