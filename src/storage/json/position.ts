/**
 * Where in a JSON text something is wrong.
 *
 * @module
 */

import type { Pieces } from "../../compression/pieces.ts";

/** The line and the column, in characters, of an offset; both from 1. */
export async function position(
  text: Pieces,
  offset: number,
): Promise<{ line: number; column: number }> {
  let line = 1, column = 1;
  for await (const chunk of text) {
    for (const byte of chunk.subarray(0, offset)) {
      if (byte === 0x0a) line++, column = 1;
      else if ((byte & 0xc0) !== 0x80) column++;
    }
    offset -= chunk.length;
    if (offset <= 0) break;
  }
  return { line, column };
}
