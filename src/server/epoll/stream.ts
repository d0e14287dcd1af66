/**
 * Receiving from a connection, and sending to it, without ever waiting.
 *
 * @module
 */

import {
  BYTES_READ,
  BYTES_WRITTEN,
  type Counters,
} from "../../protocol/counters.ts";
import { type EpollConnection, NOTHING } from "./connection.ts";
import { errno, type SocketLibc, SystemError } from "./libc.ts";

const EINTR = 4, EAGAIN = 11;
const MSG_NOSIGNAL = 0x4000;

/** What is received at a time, in bytes. */
const RECEIVE = 64 * 1024;
const RECEIVE_ALL = BigInt(RECEIVE);

/** What has become of an attempt to receive. */
export enum Received {
  /** There is more than before. */
  More,
  /** Nothing has arrived. */
  Nothing,
  /** Nothing will arrive any more. */
  End,
  /** There is no memory to receive more of the request. */
  NoRoom,
}

/** Receives and sends for all connections of a thread. */
export class Stream {
  /** What has been received and not been used is in `bytes[start, end)`. */
  bytes: Uint8Array<ArrayBuffer>;
  /** See {@linkcode bytes}. */
  start = 0;
  /** See {@linkcode bytes}. */
  end = 0;
  readonly #libc: SocketLibc;
  readonly #counters: Counters;
  /** Receives for all connections of which nothing large is waiting. */
  readonly #shared = new Uint8Array(RECEIVE);

  /** Counts bytes in `counters`. */
  constructor(libc: SocketLibc, counters: Counters) {
    this.#libc = libc;
    this.#counters = counters;
    this.bytes = this.#shared;
  }

  /** Receives what has arrived, behind what is waiting of the connection. */
  receive(connection: EpollConnection): Received {
    let buffer = this.#shared;
    let start = 0, end = 0;
    if (connection.waiting > 0) {
      if (connection.hasOwnBuffer) {
        if (!connection.makeRoom()) return Received.NoRoom;
        ({ start, end } = connection);
        buffer = connection.received;
      } else {
        end = connection.waiting;
        buffer.set(
          connection.received.subarray(connection.start, connection.end),
        );
      }
    }
    // No more at a time than fits into the shared one: others wait.
    const room = end === 0 ? buffer : buffer.subarray(end);
    const length = end === 0
      ? RECEIVE_ALL
      : BigInt(Math.min(room.length, RECEIVE));
    const count = this.#libc.recv(connection.fd, room, length, 0);
    if (count <= 0) {
      const code = count === 0 ? 0 : errno();
      return code === EAGAIN || code === EINTR
        ? Received.Nothing
        : Received.End;
    }
    this.#counters[BYTES_READ] += count;
    this.bytes = buffer;
    this.start = start;
    this.end = end + count;
    return Received.More;
  }

  /**
   * Sends `bytes[0, length)`; what finds no room is kept as the connection's
   * {@linkcode EpollConnection.unsent}.
   *
   * @returns whether all has been sent.
   * @throws {SystemError} if the connection is broken.
   */
  send(
    connection: EpollConnection,
    bytes: Uint8Array<ArrayBuffer>,
    length: number,
  ): boolean {
    const sent = this.#libc.send(
      connection.fd,
      bytes,
      BigInt(length),
      MSG_NOSIGNAL,
    );
    if (sent === length) {
      this.#counters[BYTES_WRITTEN] += sent;
      if (connection.unsent !== NOTHING) connection.dropUnsent();
      return true;
    }
    const code = sent < 0 ? errno() : 0;
    if (sent < 0 && code !== EAGAIN && code !== EINTR) {
      throw new SystemError("send", code);
    }
    const begun = Math.max(0, sent);
    this.#counters[BYTES_WRITTEN] += begun;
    connection.keepUnsent(bytes, begun, length);
    return false;
  }
}
