/**
 * A value that is longer than a reply may be, given in parts.
 *
 * @module
 */

import type { DataSet } from "../handler/data_set.ts";
import type { Value } from "../storage/storage.ts";
import type { Reply } from "./reply.ts";

const NOTHING = new Uint8Array(0);

/**
 * How far a value has been given. Until its end, the data set that it is in is
 * held: its bytes stay, see `Value.bytes`.
 */
export class LongValue {
  #held: DataSet | undefined;
  /** What is still to be given is `#bytes[#at, #end)`. */
  #bytes: Uint8Array = NOTHING;
  #at = 0;
  #end = 0;

  /** Whether a value is half given. */
  get paused(): boolean {
    return this.#held !== undefined;
  }

  /** The data set that a half-given value is in. */
  get held(): DataSet | undefined {
    return this.#held;
  }

  /**
   * Adds a value, or as much of it as a reply may have.
   *
   * @returns whether it is complete. If not, {@linkcode goOn} gives more of it in
   * the next turn.
   */
  give({ bytes, start, end }: Value, data: DataSet, reply: Reply): boolean {
    if (end - start <= reply.limit) {
      reply.copy(bytes, start, end);
      return true;
    }
    reply.copy(bytes, start, start + reply.limit);
    data.hold();
    this.#held = data;
    this.#bytes = bytes;
    this.#at = start + reply.limit;
    this.#end = end;
    return false;
  }

  /** Adds more of it; returns whether it is complete now. */
  goOn(reply: Reply): boolean {
    const at = this.#at;
    const end = Math.min(this.#end, at + reply.limit);
    reply.copy(this.#bytes, at, end);
    this.#at = end;
    if (end < this.#end) return false;
    this.close();
    return true;
  }

  /** Forgets a half-given value. */
  close(): void {
    this.#held?.release();
    this.#held = undefined;
    this.#bytes = NOTHING;
  }
}
