/**
 * The `Range` header field (RFC 9110, section 14).
 *
 * @module
 */

/** A part of a value, from `start` up to but not including `end`. */
export interface Span {
  /** The offset of its first byte. */
  readonly start: number;
  /** The offset behind its last byte. */
  readonly end: number;
}

/**
 * Reads a range of bytes: `bytes=5-9`, `bytes=5-`, or `bytes=-5` for the last
 * five.
 *
 * @param size the length of the whole.
 * @returns the span; `undefined` if the whole is the answer, as it may be for
 * several ranges and must be for what is no range of bytes; `null` if no byte of
 * it is there.
 */
export function readRange(text: string, size: number): Span | undefined | null {
  const match = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i.exec(text.trim());
  if (match === null) return undefined;
  const [, first, last] = match;
  if (first === "") {
    if (last === "") return undefined;
    const count = Math.min(Number(last), size);
    return count === 0 ? null : { start: size - count, end: size };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return null;
  const end = last === "" ? size : Math.min(Number(last) + 1, size);
  return { start, end };
}
