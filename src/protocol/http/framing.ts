/**
 * Where a request ends, and whether another may follow it (RFC 9112, sections 6
 * and 9). Whatever could be read in two ways is refused, and the connection ends
 * there: what follows may be anybody's.
 *
 * @module
 */

import { Field } from "./field_names.ts";
import type { RequestHead } from "./request_head.ts";

/** The length of a body that comes in chunks. */
export const CHUNKED = -1;

/** Why a request cannot be told from what follows it, or cannot be answered. */
export interface FramingFault {
  /** The HTTP status. */
  readonly status: 400 | 417 | 501;
  /** What is wrong. */
  readonly detail: string;
}

const CHUNKED_WORD = new TextEncoder().encode("chunked");
const KEEP_ALIVE = new TextEncoder().encode("keep-alive");

const CLOSE_OPTION = /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i;
const KEEP_ALIVE_OPTION = /(?:^|,)[ \t]*keep-alive[ \t]*(?:,|$)/i;

/**
 * The length of the body in bytes, or {@linkcode CHUNKED}. A length with more
 * digits than a number can hold is `Infinity`.
 */
export function bodyLength(head: RequestHead): number | FramingFault {
  const isChunked = head.has(Field.TransferEncoding);
  if (!head.has(Field.ContentLength)) {
    return isChunked ? transferCoding(head) : 0;
  }
  if (isChunked) {
    return fault(400, "send Content-Length or Transfer-Encoding, not both");
  }
  if (head.isRepeated(Field.ContentLength)) {
    return fault(400, "send Content-Length once");
  }
  const start = head.start(Field.ContentLength);
  const end = head.end(Field.ContentLength);
  let length = 0;
  for (let at = start; at < end; at++) {
    const digit = head.bytes[at] - 0x30;
    if (digit < 0 || digit > 9) return notALength();
    length = length * 10 + digit;
  }
  if (start === end) return notALength();
  return length <= Number.MAX_SAFE_INTEGER ? length : Infinity;
}

/** Whether the connection stays open behind the answer. */
export function persists(head: RequestHead): boolean {
  if (!head.has(Field.Connection)) return head.minor > 0;
  if (head.isWord(Field.Connection, KEEP_ALIVE)) return true;
  const options = head.text(Field.Connection)!;
  return !CLOSE_OPTION.test(options) &&
    (head.minor > 0 || KEEP_ALIVE_OPTION.test(options));
}

/**
 * Whether the client waits for a word before it sends the body. HTTP/1.0 knows no
 * such word.
 */
export function awaitsContinue(head: RequestHead): boolean | FramingFault {
  if (!head.has(Field.Expect) || head.minor === 0) return false;
  return head.text(Field.Expect)!.toLowerCase() === "100-continue" ||
    fault(417, "100-continue is all that can be expected");
}

function transferCoding(head: RequestHead): number | FramingFault {
  if (head.minor === 0) {
    return fault(400, "HTTP/1.0 has no Transfer-Encoding");
  }
  if (head.isWord(Field.TransferEncoding, CHUNKED_WORD)) return CHUNKED;
  const codings = head.text(Field.TransferEncoding)!.toLowerCase().split(",")
    .map((coding) => coding.trim());
  if (codings.some((coding) => coding !== "chunked")) {
    return fault(501, "chunked is the only Transfer-Encoding here");
  }
  return codings.length === 1 ? CHUNKED : fault(400, "a body is chunked once");
}

function notALength(): FramingFault {
  return fault(400, "a Content-Length is a number of bytes in decimal digits");
}

function fault(
  status: FramingFault["status"],
  detail: string,
): FramingFault {
  return { status, detail };
}
