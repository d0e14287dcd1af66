/**
 * Which bytes may stand where in a request's head (RFC 9110, section 5.6.2 and
 * 5.5; RFC 9112, section 3).
 *
 * @module
 */

/** The byte may be in a token: a method, or the name of a field. */
export const TOKEN = 1;
/**
 * The byte may be in a request target. That is more than a URI has: clients
 * send `|`, `"` and their like unescaped, and in a key they stand for themselves.
 * A `#` is where a client would cut, and a byte above 0x7f has no one meaning.
 */
export const TARGET = 2;
/** The byte may be in the value of a field. */
export const VALUE = 4;

/** For each byte, what it may be in: the constants of this module, added up. */
export const KINDS: Uint8Array = new Uint8Array(256);

for (let byte = 0; byte < 256; byte++) {
  const character = String.fromCharCode(byte);
  if (/[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(character)) KINDS[byte] |= TOKEN;
  if (byte > 0x20 && byte < 0x7f && character !== "#") KINDS[byte] |= TARGET;
  if (byte === 0x09 || byte >= 0x20 && byte !== 0x7f) KINDS[byte] |= VALUE;
}
