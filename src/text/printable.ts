/**
 * Bytes as a person, and a terminal, can bear them.
 *
 * @module
 */

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Control characters; and those which end a line, or turn the direction of
 * writing, and so can make a line look like another.
 */
const UNPRINTABLE =
  // deno-lint-ignore no-control-regex
  /[\0-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/**
 * Text as it is, other bytes as `\xNN`; control characters never reach a
 * terminal or a log. What is longer than `limit` bytes ends in `…` and its length.
 */
export function printable(bytes: Uint8Array, limit = Infinity): string {
  const rest = bytes.length > limit ? `… (${bytes.length} bytes)` : "";
  return escaped(bytes.subarray(0, limit)) + rest;
}

function escaped(bytes: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return Array.from(
      bytes,
      (byte) =>
        byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hex(byte),
    ).join("");
  }
  return text.replace(UNPRINTABLE, (character) => {
    const known: Record<string, string> = {
      "\n": "\\n",
      "\r": "\\r",
      "\t": "\\t",
    };
    return known[character] ?? hex(character.charCodeAt(0));
  });
}

function hex(code: number): string {
  return code > 0xff
    ? `\\u${code.toString(16).padStart(4, "0")}`
    : `\\x${code.toString(16).padStart(2, "0")}`;
}
