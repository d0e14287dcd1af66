/**
 * The packets of memcached's binary protocol. Numbers are big-endian.
 *
 * ```text
 *  byte   request              response
 *  0      magic 0x80           magic 0x81
 *  1      opcode               the request's
 *  2-3    key length           key length
 *  4      extras length        extras length
 *  5      data type: 0         data type: 0
 *  6-7    reserved             status
 *  8-11   body length          body length
 *  12-15  opaque               the request's
 *  16-23  CAS value            CAS value
 *  24-    extras, key, value: together the body
 * ```
 *
 * @module
 */

import type { Reply } from "../reply.ts";

/** The length of a packet's header. */
export const HEADER_LENGTH = 24;

/** The first byte of a request. */
export const REQUEST = 0x80;

const RESPONSE = 0x81;

/** Where the fields of a request are. */
export const OPCODE_AT = 1,
  KEY_LENGTH_AT = 2,
  EXTRAS_LENGTH_AT = 4,
  BODY_LENGTH_AT = 8;

const OPAQUE_AT = 12;

/** What a response says of the request. */
export enum Status {
  /** It was done. */
  Success = 0,
  /** The key is not there. */
  NotFound = 1,
  /** The packet is not what its opcode wants. */
  InvalidArguments = 4,
  /**
   * It is a write, and not done. At the statuses that say "not supported" or
   * "invalid" libmemcached drops the connection.
   */
  NotStored = 5,
  /** Nobody knows the opcode. */
  UnknownCommand = 0x81,
  /** There is no memory for the request, or for its answer. */
  OutOfMemory = 0x82,
  /** The data file is damaged at the key. */
  InternalError = 0x84,
}

/** The body of a response with that status. */
export const STATUS_TEXT: Record<Status, string> = {
  [Status.Success]: "",
  [Status.NotFound]: "Not found",
  [Status.InvalidArguments]: "Invalid arguments",
  [Status.NotStored]: "read-only",
  [Status.UnknownCommand]: "Unknown command",
  [Status.OutOfMemory]: "Out of memory",
  [Status.InternalError]: "the data file is damaged at this key",
};

/** An unsigned number of 16 bits. */
export function uint16At(bytes: Uint8Array, at: number): number {
  return bytes[at] << 8 | bytes[at + 1];
}

/** An unsigned number of 32 bits. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return uint16At(bytes, at) * 0x10000 + uint16At(bytes, at + 2);
}

/**
 * Adds a response's header.
 *
 * @param request the bytes of the request, which begins at `at`.
 * @param cas the CAS value; without it, it is 0.
 */
export function addHeader(
  reply: Reply,
  request: Uint8Array,
  at: number,
  status: Status,
  extrasLength: number,
  keyLength: number,
  bodyLength: number,
  cas?: Uint8Array,
): void {
  reply.reserve(HEADER_LENGTH);
  const to = reply.bytes;
  let next = reply.length;
  to[next++] = RESPONSE;
  to[next++] = request[at + OPCODE_AT];
  to[next++] = keyLength >> 8;
  to[next++] = keyLength;
  to[next++] = extrasLength;
  to[next++] = 0;
  to[next++] = status >> 8;
  to[next++] = status;
  to[next++] = bodyLength >> 24;
  to[next++] = bodyLength >> 16;
  to[next++] = bodyLength >> 8;
  to[next++] = bodyLength;
  for (let i = OPAQUE_AT; i < OPAQUE_AT + 4; i++) to[next++] = request[at + i];
  for (let i = 0; i < 8; i++) to[next++] = cas === undefined ? 0 : cas[i];
  reply.length = next;
}

/** Adds a response that has nothing but a status and its text. */
export function addStatus(
  reply: Reply,
  request: Uint8Array,
  at: number,
  status: Status,
): void {
  const text = STATUS_TEXT[status];
  addHeader(reply, request, at, status, 0, 0, text.length);
  reply.text(text);
}
