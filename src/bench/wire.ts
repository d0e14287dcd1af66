/**
 * The two protocols as a load generator speaks them: how a get of some keys is
 * written, and what the head of a reply's next part says.
 *
 * ```text
 * memcached  get <key>*\r\n       VALUE <key> <flags> <bytes>\r\n<value>\r\n … END\r\n
 * resp       GET, or MGET as an   [*<n>\r\n] and for each key
 *            array of strings     $<bytes>\r\n<value>\r\n or $-1\r\n
 * ```
 *
 * @module
 */

import type { Keys } from "./keys.ts";

/** What a line of a reply is. */
export enum Part {
  /** A value follows. */
  Value,
  /** The next key is not there. */
  Miss,
  /** The reply is complete. */
  End,
  /** Nothing that counts. */
  Nothing,
  /** The server refuses. */
  Error,
}

/** A protocol. */
export interface Wire {
  /** The most bytes that a request for these keys takes. */
  room(keyBytes: number, keys: number): number;
  /** Writes a request for keys by their numbers; returns where it ends. */
  request(
    to: Uint8Array,
    at: number,
    keys: Keys,
    numbers: Int32Array,
    first: number,
    count: number,
  ): number;
  /** What the line `bytes[start, end)` is; its line end does not belong to it. */
  part(bytes: Uint8Array, start: number, end: number): Part;
  /** The length of the value that the line announces. */
  length(bytes: Uint8Array, start: number, end: number): number;
  /** Whether a reply has a part for each key, so that the count ends it. */
  readonly counted: boolean;
}

const SPACE = 0x20, CR = 0x0d, LF = 0x0a, ZERO = 0x30;
const V = 0x56, E = 0x45, N = 0x4e, DOLLAR = 0x24, STAR = 0x2a, MINUS = 0x2d;

const GET = new TextEncoder().encode("get");
const RESP_GET = new TextEncoder().encode("*2\r\n$3\r\nGET\r\n");

/** memcached's text protocol. */
export const MEMCACHED: Wire = {
  counted: false,
  room: (keyBytes, keys) => GET.length + keyBytes + keys + 2,
  request(to, at, keys, numbers, first, count) {
    to.set(GET, at);
    at += GET.length;
    for (let n = first; n < first + count; n++) {
      to[at++] = SPACE;
      at = copyKey(to, at, keys, numbers[n]);
    }
    return lineEnd(to, at);
  },
  part(bytes, start) {
    if (bytes[start] === V) return Part.Value;
    if (bytes[start] === E && bytes[start + 1] === N) return Part.End;
    return Part.Error;
  },
  length: lastNumber,
};

/** Redis' protocol, version 2. */
export const RESP: Wire = {
  counted: true,
  room: (keyBytes, keys) => 40 + keyBytes + keys * 12,
  request(to, at, keys, numbers, first, count) {
    if (count === 1) {
      to.set(RESP_GET, at);
      at += RESP_GET.length;
    } else {
      to[at++] = STAR;
      at = lineEnd(to, number(to, at, count + 1));
      at = ascii(to, at, "$4\r\nMGET\r\n");
    }
    for (let n = first; n < first + count; n++) {
      const key = numbers[n];
      to[at++] = DOLLAR;
      at = number(to, at, keys.starts[key + 1] - keys.starts[key]);
      at = copyKey(to, lineEnd(to, at), keys, key);
      at = lineEnd(to, at);
    }
    return at;
  },
  part(bytes, start) {
    if (bytes[start] === STAR) return Part.Nothing;
    if (bytes[start] !== DOLLAR) return Part.Error;
    return bytes[start + 1] === MINUS ? Part.Miss : Part.Value;
  },
  length: lastNumber,
};

function copyKey(
  to: Uint8Array,
  at: number,
  { bytes, starts }: Keys,
  key: number,
): number {
  for (let i = starts[key]; i < starts[key + 1]; i++) to[at++] = bytes[i];
  return at;
}

function lineEnd(to: Uint8Array, at: number): number {
  to[at++] = CR;
  to[at++] = LF;
  return at;
}

function number(to: Uint8Array, at: number, value: number): number {
  return ascii(to, at, String(value));
}

function ascii(to: Uint8Array, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) to[at++] = text.charCodeAt(i);
  return at;
}

/** The number at the end of a line. */
function lastNumber(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] >= ZERO && bytes[at - 1] <= ZERO + 9) at--;
  let value = 0;
  for (; at < end; at++) value = value * 10 + bytes[at] - ZERO;
  return value;
}
