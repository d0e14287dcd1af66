/**
 * A value that is too long for one turn.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { Value } from "../../storage/storage.ts";
import type { Reply } from "../reply.ts";
import type { LongAnswer } from "./long_answer.ts";
import { copyKey, lookUp, type LookupKey } from "./lookup.ts";

/** What is left of a value, or of a part of it. */
export class LongValue implements LongAnswer {
  /** See {@linkcode LongAnswer.data}. */
  readonly data: DataSet;
  readonly #key: LookupKey;
  readonly #value = new Value();
  #from: number;
  readonly #to: number;

  /** The bytes `[from, to)` of the key's value. */
  constructor(data: DataSet, key: LookupKey, from: number, to: number) {
    this.data = data;
    this.#key = copyKey(key);
    this.#from = from;
    this.#to = to;
  }

  /** Adds more; see {@linkcode LongAnswer.give}. */
  give(reply: Reply): boolean {
    // It may have moved since the last turn.
    reply.work += this.data.cost.find;
    lookUp(this.data, this.#key, this.#value);
    const { bytes, start } = this.#value;
    const to = Math.min(this.#from + reply.limit, this.#to);
    reply.copy(bytes, start + this.#from, start + to);
    this.#from = to;
    return to === this.#to;
  }
}
