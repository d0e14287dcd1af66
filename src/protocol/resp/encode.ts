/**
 * Replies in RESP2 and RESP3.
 *
 * ```text
 *            RESP2             RESP3
 * null       $-1\r\n           _\r\n
 * map        *<2n>\r\n         %<n>\r\n
 * set        *<n>\r\n          ~<n>\r\n
 * report     $<length>\r\n…    =<length>\r\ntxt:…
 * the rest   +text  -error  :number  $<length>\r\n<bytes>\r\n  *<n>\r\n
 * ```
 *
 * @module
 */

import type { Reply } from "../reply.ts";

/** The version of the protocol that a client has asked for. */
export type RespVersion = 2 | 3;

/** What can be told without knowing bytes: texts are UTF-8. */
export type RespValue =
  | string
  | number
  | null
  | readonly RespValue[]
  | ReadonlyMap<string, RespValue>;

const CRLF = "\r\n";
// To encode a short text takes ten times as long as to look through it.
const NOT_ASCII = /[^\0-\x7f]/;
const encoder = new TextEncoder();

/** `+text` */
export function simple(reply: Reply, text: string): void {
  reply.text(`+${text}${CRLF}`);
}

/** `-ERR text`; line ends in what a client has sent would end the reply. */
export function failure(reply: Reply, text: string): void {
  reply.text(`-${text.replaceAll(/[\r\n]/g, " ")}${CRLF}`);
}

/** `:number` */
export function integer(reply: Reply, number: number): void {
  reply.text(":");
  if (number < 0) reply.text(String(number));
  else reply.number(number);
  reply.text(CRLF);
}

/** `$<length>` and the bytes `from[start, end)`. */
export function bulk(
  reply: Reply,
  from: Uint8Array,
  start: number,
  end: number,
): void {
  bulkHeader(reply, end - start);
  reply.copy(from, start, end);
  bulkEnd(reply);
}

/** `$<length>\r\n` */
export function bulkHeader(reply: Reply, length: number): void {
  reply.reserve(20);
  reply.bytes[reply.length++] = 0x24;
  reply.number(length);
  reply.bytes[reply.length++] = 0x0d;
  reply.bytes[reply.length++] = 0x0a;
}

/** The line's end behind the bytes of a bulk string. */
export function bulkEnd(reply: Reply): void {
  reply.reserve(2);
  reply.bytes[reply.length++] = 0x0d;
  reply.bytes[reply.length++] = 0x0a;
}

/** The absence of a value. */
export function nil(reply: Reply, version: RespVersion): void {
  reply.text(version === 3 ? "_\r\n" : "$-1\r\n");
}

/** The beginning of an array. */
export function array(reply: Reply, length: number): void {
  reply.text("*");
  reply.number(length);
  reply.text(CRLF);
}

/** The beginning of a map. */
export function map(reply: Reply, size: number, version: RespVersion): void {
  if (version === 2) return array(reply, 2 * size);
  reply.text("%");
  reply.number(size);
  reply.text(CRLF);
}

/** The beginning of a set. */
export function set(reply: Reply, size: number, version: RespVersion): void {
  if (version === 2) return array(reply, size);
  reply.text("~");
  reply.number(size);
  reply.text(CRLF);
}

/** A text for people. */
export function verbatim(
  reply: Reply,
  text: string,
  version: RespVersion,
): void {
  const bytes = encoder.encode(text);
  verbatimHeader(reply, bytes.length, version);
  reply.copy(bytes, 0, bytes.length);
  bulkEnd(reply);
}

/** The beginning of a text for people, which has so many bytes. */
export function verbatimHeader(
  reply: Reply,
  length: number,
  version: RespVersion,
): void {
  if (version === 2) return bulkHeader(reply, length);
  reply.text("=");
  reply.number(length + "txt:".length);
  reply.text(`${CRLF}txt:`);
}

function text(reply: Reply, text: string): void {
  if (NOT_ASCII.test(text)) {
    const bytes = encoder.encode(text);
    return bulk(reply, bytes, 0, bytes.length);
  }
  bulkHeader(reply, text.length);
  reply.text(text);
  bulkEnd(reply);
}

/** Anything that is not large. */
export function value(
  reply: Reply,
  what: RespValue,
  version: RespVersion,
): void {
  if (what === null) nil(reply, version);
  else if (typeof what === "number") integer(reply, what);
  else if (typeof what === "string") text(reply, what);
  else if (what instanceof Map) {
    map(reply, what.size, version);
    for (const [key, inner] of what) {
      value(reply, key, version);
      value(reply, inner, version);
    }
  } else {
    const items = what as readonly RespValue[];
    array(reply, items.length);
    for (const item of items) value(reply, item, version);
  }
}
