/**
 * Whom a request is meant for (RFC 9110, section 7.2).
 *
 * A page of a stranger's site can make its visitor's browser ask any server that
 * the browser reaches: the site's name need only lead to that server's address
 * (DNS rebinding). The browser then takes the answer for the site's own. But it
 * also sends the site's name, by which such a request is known. An address is no
 * name, and `localhost` leads nowhere else, so these are taken as they are.
 *
 * @module
 */

/** What is to be said of a host. */
export enum HostVerdict {
  /** It is this server. */
  Known,
  /** It may be another one. */
  Foreign,
  /** It is no host. */
  Malformed,
}

const COLON = 0x3a, DOT = 0x2e, OPEN = 0x5b, CLOSE = 0x5d;

/** What can be in a name (RFC 3986, section 3.2.2). */
const NAME_BYTES: Uint8Array = new Uint8Array(256);
for (let byte = 0x21; byte < 0x7f; byte++) {
  const character = String.fromCharCode(byte);
  if (/[A-Za-z0-9._~!$&'()*+,;=%-]/.test(character)) NAME_BYTES[byte] = 1;
}

/** The names by which a listener is known. */
export class Hosts {
  readonly #any: boolean;
  readonly #names: readonly Uint8Array[];
  /** What names may end with, from the dot on. */
  readonly #endings: readonly Uint8Array[];

  /**
   * Knows addresses, `localhost`, and these.
   *
   * @param names in any case; `*.example.com` stands for all below it, `*` for
   * every name.
   */
  constructor(names: readonly string[]) {
    const encoder = new TextEncoder();
    const all = ["localhost", ...names].map((name) => name.toLowerCase());
    this.#any = all.includes("*");
    this.#names = all.filter((name) => !name.startsWith("*"))
      .map((name) => encoder.encode(name));
    this.#endings = all.filter((name) => name.startsWith("*."))
      .map((name) => encoder.encode(name.slice(1)));
  }

  /** Judges `HOST`, `HOST:PORT`, which is in `bytes[start, end)`. */
  judge(bytes: Uint8Array, start: number, end: number): HostVerdict {
    if (start < end && bytes[start] === OPEN) {
      return this.#judgeIpv6(bytes, start, end);
    }
    let at = start;
    while (at < end && NAME_BYTES[bytes[at]] === 1) at++;
    if (!isPort(bytes, at, end)) return HostVerdict.Malformed;
    // A name may end with a dot, which says that it is whole.
    const nameEnd = at > start && bytes[at - 1] === DOT ? at - 1 : at;
    return this.#any || isIpv4(bytes, start, nameEnd) ||
        this.#names.some((name) => isEqual(bytes, start, nameEnd, name)) ||
        this.#endings.some((ending) =>
          nameEnd - start > ending.length &&
          isEqual(bytes, nameEnd - ending.length, nameEnd, ending)
        )
      ? HostVerdict.Known
      : HostVerdict.Foreign;
  }

  #judgeIpv6(bytes: Uint8Array, start: number, end: number): HostVerdict {
    let at = start + 1;
    while (at < end && isIpv6Byte(bytes[at])) at++;
    return at > start + 2 && bytes[at] === CLOSE && at < end &&
        isPort(bytes, at + 1, end)
      ? HostVerdict.Known
      : HostVerdict.Malformed;
  }
}

/** Whether it is nothing, or a colon and digits. */
function isPort(bytes: Uint8Array, start: number, end: number): boolean {
  if (start === end) return true;
  if (bytes[start] !== COLON) return false;
  for (let at = start + 1; at < end; at++) {
    if (bytes[at] < 0x30 || bytes[at] > 0x39) return false;
  }
  return true;
}

/** Whether it is four numbers from 0 to 255. */
function isIpv4(bytes: Uint8Array, start: number, end: number): boolean {
  let numbers = 0, value = -1;
  for (let at = start; at <= end; at++) {
    const digit = bytes[at] - 0x30;
    if (at < end && digit >= 0 && digit <= 9) {
      value = Math.max(0, value) * 10 + digit;
      if (value > 255) return false;
    } else if (value < 0 || at < end && bytes[at] !== DOT) return false;
    else {
      numbers++;
      value = -1;
    }
  }
  return numbers === 4;
}

function isIpv6Byte(byte: number): boolean {
  const letter = byte | 0x20;
  return byte >= 0x30 && byte <= 0x39 || letter >= 0x61 && letter <= 0x66 ||
    byte === COLON || byte === DOT;
}

/** Whether `bytes[start, end)` is the name, in large or small letters. */
function isEqual(
  bytes: Uint8Array,
  start: number,
  end: number,
  name: Uint8Array,
): boolean {
  if (end - start !== name.length) return false;
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[start + i];
    const small = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (small !== name[i]) return false;
  }
  return true;
}
