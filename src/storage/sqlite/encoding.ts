/**
 * Text in SQLite files is UTF-8 or UTF-16; keys and values on the wire are
 * UTF-8.
 *
 * @module
 */

/** How a file holds its text: the outcome of `PRAGMA encoding`. */
export type TextEncoding = "UTF-8" | "UTF-16le" | "UTF-16be";

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const utf16 = {
  "UTF-16le": new TextDecoder("utf-16le", { ignoreBOM: true }),
  "UTF-16be": new TextDecoder("utf-16be", { ignoreBOM: true }),
};
const encoder = new TextEncoder();

/** A key or a name as text; `null` if it is not UTF-8. */
export function toText(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** UTF-8, of text as it is in the file. */
export function toUtf8(text: Uint8Array, encoding: TextEncoding): Uint8Array {
  return encoding === "UTF-8"
    ? text
    : encoder.encode(utf16[encoding].decode(text));
}
