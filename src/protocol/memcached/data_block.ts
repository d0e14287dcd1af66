/**
 * The data block of a write command, dropped as it comes, so that its length
 * costs no memory.
 *
 * @module
 */

import type { Reply } from "../reply.ts";
import type { Refusal } from "./writes.ts";

const CRLF = 0x0d0a;

/** What is left of one data block. */
export class DataBlock {
  /** How much is to come, with the two bytes behind the block. */
  left = 0;
  /** The last two bytes, as far as they have come. */
  #ending = 0;
  /** What to answer at the end, if it is CR and LF. */
  #refusal = "";
  /** What to answer if it is not. */
  #complaint = "";

  /** A write command has been read: its data block follows. */
  begin({ reply, block, quiet, unchecked }: Refusal): void {
    this.left = block + 2;
    this.#refusal = quiet ? "" : reply;
    this.#complaint = quiet || unchecked
      ? this.#refusal
      : "CLIENT_ERROR bad data chunk\r\n";
  }

  /**
   * Drops what has come in `bytes[at, end)`, and answers at the block's end.
   *
   * @returns where the rest begins.
   */
  take(bytes: Uint8Array, at: number, end: number, reply: Reply): number {
    const taken = Math.min(this.left, end - at);
    for (let i = Math.max(at, at + taken - 2); i < at + taken; i++) {
      this.#ending = (this.#ending << 8 | bytes[i]) & 0xffff;
    }
    this.left -= taken;
    if (this.left === 0) {
      reply.text(this.#ending === CRLF ? this.#refusal : this.#complaint);
    }
    return at + taken;
  }
}
