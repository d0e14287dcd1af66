/**
 * `GET`, `MGET`, `HGET` and `HMGET`: the hot path.
 *
 * No promise, string or view is made per key. When the reply grows long the
 * answer pauses, at a key or inside a value; until its end it reads the data set
 * that it began with.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { isNamespaced, Value } from "../../storage/storage.ts";
import { type Counters, GETS, HITS, MISSES } from "../counters.ts";
import { LongValue } from "../long_value.ts";
import type { Reply } from "../reply.ts";
import { array, bulkEnd, bulkHeader, nil, type RespVersion } from "./encode.ts";
import type { Request } from "./request.ts";

/** So many keys are looked up together. */
const GROUP = 16;

/** Answers one request after the other. */
export class Values {
  readonly #counters: Counters;
  readonly #value = new Value();
  readonly #spans = new Int32Array(2 * GROUP);
  /** While paused: the data set that the answer began with. */
  #held: DataSet | undefined;
  /** While paused: the argument to go on with. */
  #next = 0;
  /** While paused inside a value: what is left of it. */
  readonly #long = new LongValue();

  /** Counts hits and misses. */
  constructor(counters: Counters) {
    this.#counters = counters;
  }

  /** The data set that a paused answer is read from. */
  get held(): DataSet | undefined {
    return this.#held;
  }

  /** Whether an answer is paused. */
  get paused(): boolean {
    return this.#held !== undefined;
  }

  /**
   * Answers with the values of arguments.
   *
   * @param first the first argument that is a key.
   * @param namespace the argument that is its namespace; 0: there is none.
   * @param list whether an array is answered, or the one value.
   * @returns whether the answer is complete. If not, it goes on with the same
   * request when the reply has been written.
   */
  answer(
    data: DataSet,
    request: Request,
    first: number,
    namespace: number,
    list: boolean,
    version: RespVersion,
    reply: Reply,
  ): boolean {
    if (this.#long.paused) {
      if (!this.#long.goOn(reply)) return false;
      bulkEnd(reply);
    }
    data = this.#held ?? data;
    const { snapshot } = data;
    const { bytes, count } = request;
    const work = data.cost.find;
    const value = this.#value;
    const within = namespace > 0 && isNamespaced(snapshot) ? snapshot : null;
    let n = first;
    if (this.#held !== undefined) n = this.#next;
    else if (list) array(reply, count - first);
    let keys = 0, hits = 0;
    for (let ahead = n; n < count; n++) {
      if (reply.full) {
        this.#count(keys, hits);
        return this.#pause(data, n);
      }
      if (n === ahead && list && namespace === 0) {
        ahead = this.#prefetch(data, request, n);
      }
      const start = request.start(n), end = request.end(n);
      reply.work += work + end - start;
      const found = within === null
        ? namespace === 0 && snapshot.find(bytes, start, end, value)
        : within.findIn(
          bytes,
          request.start(namespace),
          request.end(namespace),
          start,
          end,
          value,
        );
      if (!found) {
        keys++;
        nil(reply, version);
        continue;
      }
      keys++;
      hits++;
      bulkHeader(reply, value.end - value.start);
      if (!this.#long.give(value, data, reply)) {
        this.#count(keys, hits);
        return this.#pause(data, n + 1);
      }
      bulkEnd(reply);
    }
    this.#count(keys, hits);
    this.close();
    return true;
  }

  /** Forgets a paused answer. */
  close(): void {
    this.#held?.release();
    this.#held = undefined;
    this.#long.close();
  }

  /** Has the next keys looked up ahead; returns the first that has not. */
  #prefetch({ snapshot }: DataSet, request: Request, n: number): number {
    const count = Math.min(GROUP, request.count - n);
    if (count < 2 || snapshot.prefetch === undefined) return -1;
    for (let i = 0; i < count; i++) {
      this.#spans[2 * i] = request.start(n + i);
      this.#spans[2 * i + 1] = request.end(n + i);
    }
    snapshot.prefetch(request.bytes, this.#spans, count);
    return n + count;
  }

  #pause(data: DataSet, next: number): boolean {
    if (this.#held === undefined) data.hold();
    this.#held = data;
    this.#next = next;
    return false;
  }

  #count(keys: number, hits: number): void {
    this.#counters[GETS] += keys;
    this.#counters[HITS] += hits;
    this.#counters[MISSES] += keys - hits;
  }
}
