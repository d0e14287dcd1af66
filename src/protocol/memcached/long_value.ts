/**
 * The value of a single key, given in parts when it is long.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Handler } from "../../handler/handler.ts";
import type { Value } from "../../storage/storage.ts";
import { type Reply, REPLY_LIMIT } from "../reply.ts";

/**
 * How far an answer of one key has come. While it is paused, the request is
 * given again and looks its key up again, in the data set that the answer began
 * with.
 */
export class LongValue {
  #held: DataSet | undefined;
  /** How much of the value has been given; -1: nothing of the answer has. */
  #given = -1;

  /** Whether an answer is half given, and goes on inside its value. */
  get paused(): boolean {
    return this.#given >= 0;
  }

  /** The data set that a paused answer is read from. */
  get held(): DataSet | undefined {
    return this.#held;
  }

  /** The data set to answer from. */
  source(handler: Handler): DataSet | undefined {
    return this.#held ?? handler.current;
  }

  /**
   * Adds the value, or as much of it as a reply may have.
   *
   * @returns whether the value is complete now.
   */
  give(value: Value, data: DataSet, reply: Reply): boolean {
    const from = value.start + Math.max(this.#given, 0);
    if (value.end - from <= REPLY_LIMIT) {
      reply.copy(value.bytes, from, value.end);
      this.close();
      return true;
    }
    reply.copy(value.bytes, from, from + REPLY_LIMIT);
    if (this.#held === undefined) data.hold();
    this.#held = data;
    this.#given = from + REPLY_LIMIT - value.start;
    return false;
  }

  /** Forgets a paused answer. */
  close(): void {
    this.#held?.release();
    this.#held = undefined;
    this.#given = -1;
  }
}
