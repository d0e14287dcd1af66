/**
 * The header fields that the server looks at.
 *
 * @module
 */

/** A field, as an index. */
export enum Field {
  /** Who is asked. */
  Host,
  /** Whether the connection stays open. */
  Connection,
  /** How long the body is. */
  ContentLength,
  /** That the body comes in chunks. */
  TransferEncoding,
  /** Whether the client waits before it sends the body. */
  Expect,
  /** What the body is. */
  ContentType,
  /** How the body is packed. */
  ContentEncoding,
  /** What the answer should be. */
  Accept,
  /** The token. */
  Authorization,
  /** The tags that the client wants. */
  IfMatch,
  /** The tags that the client has. */
  IfNoneMatch,
  /** The tag of which the client wants a part. */
  IfRange,
  /** The part of the value that is wanted. */
  Range,
  /** Whose page a browser asks for. */
  Origin,
  /** That a browser asks before it sends a request of this method. */
  AccessControlRequestMethod,
}

/** How many fields there are. */
export const FIELDS = 15;

/** A bit for each field whose value is made a text before it is looked at. */
export const TEXT_FIELDS: number = 1 << Field.Accept |
  1 << Field.Authorization | 1 << Field.Connection | 1 << Field.ContentType |
  1 << Field.IfMatch | 1 << Field.IfNoneMatch | 1 << Field.IfRange |
  1 << Field.Origin | 1 << Field.Range;

const NAMES = [
  "host",
  "connection",
  "content-length",
  "transfer-encoding",
  "expect",
  "content-type",
  "content-encoding",
  "accept",
  "authorization",
  "if-match",
  "if-none-match",
  "if-range",
  "range",
  "origin",
  "access-control-request-method",
];

/** The names by their length, as bytes in lower case. */
const BY_LENGTH: { field: Field; name: Uint8Array }[][] = [];

for (const [field, name] of NAMES.entries()) {
  const bytes = new TextEncoder().encode(name);
  (BY_LENGTH[name.length] ??= []).push({ field, name: bytes });
}

/** The field with the name `bytes[start, end)`, a token; -1: none of them. */
export function fieldOf(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start;
  const candidates = length < BY_LENGTH.length ? BY_LENGTH[length] : undefined;
  if (candidates === undefined) return -1;
  for (let n = 0; n < candidates.length; n++) {
    const { field, name } = candidates[n];
    let i = 0;
    // In a token, this makes letters small and nothing else a letter or a hyphen.
    while (i < length && (bytes[start + i] | 0x20) === name[i]) i++;
    if (i === length) return field;
  }
  return -1;
}
