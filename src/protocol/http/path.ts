/**
 * The path of a value, taken apart as bytes: keys may be any bytes, so a path
 * is not decoded as text.
 *
 * ```text
 * /v1/DATABASE/KEY              /v1/DATABASE/NAMESPACE/KEY
 * ```
 *
 * `%XX` stands for a byte, also for a slash within a key (`%2F`). A `+` is a `+`.
 *
 * @module
 */

const PREFIX = "/v1/";

const SLASH = 0x2f, PERCENT = 0x25;

/** What has become of a path. */
export enum PathKind {
  /** It names a value. */
  Value,
  /** It is something else. */
  Other,
  /** A percent sign in it is not followed by two hexadecimal digits. */
  BadEscape,
}

/** The path of a URL, without the query. */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  if (start === -1) return "/";
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}

/** The parts of one path; made once, and used again for each request. */
export class ValuePath {
  /** The database, with its escapes: no name that can be given needs any. */
  database = "";
  /** Holds namespace and key. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(1024);
  /** Whether there is a namespace, in `bytes[0, namespaceEnd)`. */
  namespaced = false;
  /** Where the namespace ends. */
  namespaceEnd = 0;
  /** Where the key begins. */
  start = 0;
  /** Where the key ends. */
  end = 0;
  readonly #encoder = new TextEncoder();

  /** Takes a path apart. */
  read(path: string): PathKind {
    if (!path.startsWith(PREFIX)) return PathKind.Other;
    const slash = path.indexOf("/", PREFIX.length);
    if (slash === -1) return PathKind.Other;
    this.database = path.slice(PREFIX.length, slash);

    const rest = path.slice(slash + 1);
    // A character is three bytes of UTF-8 at most, for each of its UTF-16 units.
    if (rest.length * 3 > this.bytes.length) {
      this.bytes = new Uint8Array(rest.length * 3);
    }
    const { written } = this.#encoder.encodeInto(rest, this.bytes);
    return this.#decode(written);
  }

  /** Decodes `bytes[0, length)` in place. */
  #decode(length: number): PathKind {
    const { bytes } = this;
    let slashes = 0, to = 0;
    this.namespaceEnd = this.start = 0;
    for (let at = 0; at < length; at++) {
      const byte = bytes[at];
      if (byte === PERCENT) {
        const high = at + 2 < length ? hexDigit(bytes[at + 1]) : -1;
        const low = at + 2 < length ? hexDigit(bytes[at + 2]) : -1;
        if (high < 0 || low < 0) return PathKind.BadEscape;
        bytes[to++] = high << 4 | low;
        at += 2;
      } else if (byte === SLASH) {
        slashes++;
        this.namespaceEnd = this.start = to;
      } else bytes[to++] = byte;
    }
    this.end = to;
    this.namespaced = slashes === 1;
    return slashes > 1 ? PathKind.Other : PathKind.Value;
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
