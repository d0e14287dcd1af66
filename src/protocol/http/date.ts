/**
 * The `Date` of responses (RFC 9110, section 6.6.1): made once a second.
 *
 * @module
 */

const encoder = new TextEncoder();

let second = -1;
let line: Uint8Array = new Uint8Array(0);

/** The header field with the time of now, with its end. */
export function dateLine(): Uint8Array {
  const now = Math.floor(Date.now() / 1000);
  if (now !== second) {
    second = now;
    const date = new Date(now * 1000).toUTCString();
    line = encoder.encode(`date: ${date}\r\n`);
  }
  return line;
}
