/**
 * The arguments of a request that is refused already: they are passed over as
 * they come in, whatever their length, and not kept.
 *
 * @module
 */

import { Parsed, type Request } from "./request.ts";

/** The most arguments that are passed over at a time. */
const ARGUMENTS_A_TURN = 16_384;

/** Passes over arguments. */
export class RefusedArguments {
  /** How many are still to come. */
  left = 0;
  /** How many bytes of one of them are still to come. */
  #bytes = 0;

  /** Begins with as many as are missing of a request. */
  begin({ expected, count }: Request): void {
    this.left = expected - count;
    this.#bytes = 0;
  }

  /**
   * Passes over what is there of them.
   *
   * @param request reads their lengths.
   * @returns how many bytes were used; -1 if that are no arguments, and
   * {@linkcode Request.error} then says why.
   */
  take(
    received: Uint8Array,
    start: number,
    end: number,
    request: Request,
  ): number {
    let at = start;
    const least = this.left - ARGUMENTS_A_TURN;
    while (this.left > 0 && this.left > least && at < end) {
      if (this.#bytes === 0) {
        const parsed = request.parseLength(received, at, end);
        if (parsed === Parsed.Bad) return -1;
        if (parsed === Parsed.Part) break;
        at += request.length;
        this.#bytes = request.bulkLength + 2;
      }
      const count = Math.min(end - at, this.#bytes);
      this.#bytes -= count;
      at += count;
      if (this.#bytes === 0) this.left--;
    }
    if (this.left === 0) request.clear();
    return at - start;
  }
}
