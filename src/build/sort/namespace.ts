/**
 * Namespaces as prefixes that sort: all records of one stand together, in the
 * order of the names, whatever bytes names and keys have.
 *
 * ```text
 * 00       becomes  00 ff
 * the end  becomes  00 01
 * ```
 *
 * @module
 */

/** The prefix for the records of a namespace. */
export function encodeNamespace(name: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix: number[] = [];
  for (const byte of name) {
    prefix.push(byte);
    if (byte === 0) prefix.push(0xff);
  }
  prefix.push(0, 1);
  return new Uint8Array(prefix);
}

/** The name in the prefix `bytes[start, end)`. */
export function decodeNamespace(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array {
  const name: number[] = [];
  for (let at = start; at < end - 2; at++) {
    name.push(bytes[at]);
    if (bytes[at] === 0) at++;
  }
  return new Uint8Array(name);
}
