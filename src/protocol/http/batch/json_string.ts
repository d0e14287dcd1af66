/**
 * Strings of JSON, written from bytes of UTF-8 (RFC 8259, section 7).
 *
 * @module
 */

import type { Reply } from "../../reply.ts";

/** What is written behind a backslash; 0: the byte stands for itself. */
const ESCAPES: Uint8Array = new Uint8Array(256);
const SMALL_U = 0x75;

for (let byte = 0; byte < 0x20; byte++) ESCAPES[byte] = SMALL_U;
for (
  const [byte, letter] of [
    [0x08, "b"],
    [0x09, "t"],
    [0x0a, "n"],
    [0x0c, "f"],
    [0x0d, "r"],
    [0x22, '"'],
    [0x5c, "\\"],
  ] as const
) ESCAPES[byte] = letter.charCodeAt(0);

/** Adds the characters `bytes[start, end)`, escaped where they must be. */
export function writeEscaped(
  reply: Reply,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  let run = start;
  for (let at = start; at < end; at++) {
    const escape = ESCAPES[bytes[at]];
    if (escape === 0) continue;
    reply.copy(bytes, run, at);
    run = at + 1;
    reply.text(
      escape === SMALL_U
        ? `\\u00${bytes[at].toString(16).padStart(2, "0")}`
        : `\\${String.fromCharCode(escape)}`,
    );
  }
  reply.copy(bytes, run, end);
}

/** Whether `bytes[start, end)` is UTF-8 (RFC 3629, section 4). */
export function isUtf8(
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  for (let at = start; at < end;) {
    const lead = bytes[at++];
    if (lead < 0x80) continue;
    if (lead < 0xc2 || lead > 0xf4) return false;
    const length = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (at + length > end) return false;
    const second = bytes[at];
    if (
      second < (lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80) ||
      second > (lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf)
    ) return false;
    for (let i = 1; i < length; i++) {
      if ((bytes[at + i] & 0xc0) !== 0x80) return false;
    }
    at += length;
  }
  return true;
}

/**
 * Where a part of a text can end that should end at `end`: not within a
 * character.
 *
 * @param last where the text ends.
 */
export function characterEnd(
  bytes: Uint8Array,
  end: number,
  last: number,
): number {
  if (end >= last) return last;
  // A character has three further bytes at most.
  for (let at = end; at > end - 4; at--) {
    if ((bytes[at] & 0xc0) !== 0x80) return at;
  }
  return end;
}
