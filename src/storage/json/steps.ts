/**
 * Reads a JSON text of any length step by step: a step is read at one go, and if
 * the window ends in its middle, more text is put behind it and it is read again.
 *
 * @module
 */

import type { Pieces } from "../../compression/pieces.ts";
import { JsonSyntaxError, MORE, type Window } from "./grammar.ts";

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** The text is not JSON, or not of the expected shape, at one place. */
export class JsonError extends Error {
  /** Stable: `JsonError`. */
  override readonly name = "JsonError";

  /**
   * @param offset the place, in bytes from the beginning of the text.
   * @param problem what is wrong there.
   */
  constructor(readonly offset: number, readonly problem: string) {
    super(problem);
  }
}

/**
 * Reads a text to its end; a byte order mark is passed over.
 *
 * @param window is where the text comes to lie.
 * @param step reads a step that begins at an offset in the window, and answers
 * where it ends, or with `MORE`.
 * @returns how many bytes the text has.
 * @throws {JsonError} for what the grammar finds wrong, and what the step throws.
 */
export async function readInSteps(
  text: Pieces,
  window: Window,
  step: (at: number) => number,
): Promise<number> {
  /** How much of the text was before the window. */
  let base = 0;
  let at = 0;
  let isBegun = false;
  // A step that did not fit is only read again when twice as much is there: else
  // a huge one would be read once for each of its pieces.
  let worthwhile = BYTE_ORDER_MARK.length;
  const push = (piece: Uint8Array) => {
    window.bytes.copyWithin(0, at, window.end);
    window.end -= at;
    base += at;
    at = 0;
    window.append(piece);
  };
  const consume = () => {
    if (!isBegun) {
      isBegun = true;
      if (BYTE_ORDER_MARK.every((byte, i) => window.bytes[i] === byte)) {
        at = BYTE_ORDER_MARK.length;
      }
    }
    for (let next; (next = step(at)) !== MORE;) at = next;
    worthwhile = (window.end - at) * 2;
  };
  try {
    for await (const piece of text) {
      push(piece);
      if (window.end >= worthwhile) consume();
    }
    // White space at the end lets a number there end like any other.
    push(new Uint8Array([0x0a]));
    consume();
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    throw new JsonError(base + error.at, error.problem);
  }
  return base + window.end - 1;
}
