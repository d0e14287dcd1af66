/**
 * Bytes as a person, and a terminal, can bear them.
 *
 * @module
 */

const utf8 = new TextDecoder("utf-8", { fatal: true });

/**
 * Text as it is, other bytes as `\xNN`; control characters never reach a
 * terminal. What is longer than `limit` bytes ends in `…` and its length.
 */
export function shown(bytes: Uint8Array, limit = Infinity): string {
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
  // deno-lint-ignore no-control-regex
  return text.replace(/[\0-\x1f\x7f-\x9f]/g, (character) => {
    const known: Record<string, string> = {
      "\n": "\\n",
      "\r": "\\r",
      "\t": "\\t",
    };
    return known[character] ?? hex(character.charCodeAt(0));
  });
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, "0")}`;
}
