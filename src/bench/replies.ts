/**
 * Takes replies apart as they arrive, in whatever pieces, and compares the values
 * with those that are expected.
 *
 * @module
 */

import type { Snapshot } from "../storage/storage.ts";
import { Value } from "../storage/storage.ts";
import type { Keys } from "./keys.ts";
import { Part, type Wire } from "./wire.ts";

/** What is counted. */
export interface Tally {
  /** Keys with a value. */
  hits: number;
  /** Keys without one. */
  misses: number;
  /** Values that are not the expected ones. */
  wrong: number;
  /** Bytes received. */
  bytes: number;
}

/** The server has answered with an error. */
export class ServerError extends Error {
  /** Stable: `ServerError`. */
  override readonly name = "ServerError";
}

/** The longest line that a server may answer. */
const LONGEST_LINE = 4096;

const LF = 0x0a, CR = 0x0d, SPACE = 0x20;

/** The replies of one connection, in the order of its requests. */
export class Replies {
  readonly #wire: Wire;
  readonly #keys: Keys;
  readonly #keysPerRequest: number;
  readonly #expected: Snapshot | undefined;
  readonly #tally: Tally;
  readonly #onReply: () => void;
  /** The keys that were asked for, as a ring; requests take turns. */
  readonly #asked: Int32Array;
  #next = 0;
  /** How many keys of the reply that is read have been answered. */
  #answered = 0;
  /** The beginning of a line whose end has not come. */
  readonly #line = new Uint8Array(LONGEST_LINE);
  #lineLength = 0;
  /** How much of a value, and of the line end behind it, is to come. */
  #left = 0;
  #wanted = new Uint8Array(1024);
  #wantedLength = 0;
  #isWrong = false;
  readonly #value = new Value();

  /**
   * Prepares for replies.
   *
   * @param asked the keys by number, in the order of asking, as a ring.
   * @param expected what to compare the values with.
   * @param onReply is called when a reply is complete.
   */
  constructor(
    wire: Wire,
    keys: Keys,
    asked: Int32Array,
    keysPerRequest: number,
    expected: Snapshot | undefined,
    tally: Tally,
    onReply: () => void,
  ) {
    this.#wire = wire;
    this.#keys = keys;
    this.#asked = asked;
    this.#keysPerRequest = keysPerRequest;
    this.#expected = expected;
    this.#tally = tally;
    this.#onReply = onReply;
  }

  /**
   * Takes what has arrived in `bytes[0, length)`.
   *
   * @throws {ServerError} if it is not what a get is answered.
   */
  take(bytes: Uint8Array, length: number): void {
    this.#tally.bytes += length;
    for (let at = 0; at < length;) {
      if (this.#left > 0) {
        at = this.#takeValue(bytes, at, length);
        continue;
      }
      let lf = at;
      while (lf < length && bytes[lf] !== LF) lf++;
      const isWhole = lf < length;
      if (isWhole && this.#lineLength === 0) this.#takeLine(bytes, at, lf);
      else {
        this.#keepLine(bytes.subarray(at, lf));
        if (!isWhole) return;
        this.#takeLine(this.#line, 0, this.#lineLength);
        this.#lineLength = 0;
      }
      at = lf + 1;
    }
  }

  #keepLine(part: Uint8Array): void {
    if (this.#lineLength + part.length > LONGEST_LINE) {
      throw new ServerError("the server answers a line without an end");
    }
    this.#line.set(part, this.#lineLength);
    this.#lineLength += part.length;
  }

  #takeLine(bytes: Uint8Array, start: number, lf: number): void {
    const end = lf > start && bytes[lf - 1] === CR ? lf - 1 : lf;
    switch (this.#wire.part(bytes, start, end)) {
      case Part.Value:
        if (!this.#wire.counted) this.#skipMisses(bytes, start);
        this.#tally.hits++;
        this.#expect(this.#wire.length(bytes, start, end));
        break;
      case Part.Miss:
        this.#tally.misses++;
        this.#keyIsDone();
        break;
      case Part.End:
        this.#tally.misses += this.#keysPerRequest - this.#answered;
        this.#replyIsDone();
        break;
      case Part.Error:
        throw new ServerError(
          `the server answers: ${
            new TextDecoder().decode(bytes.subarray(start, end))
          }`,
        );
    }
  }

  /** memcached leaves out the keys that are not there. */
  #skipMisses(bytes: Uint8Array, start: number): void {
    let key = start;
    while (bytes[key] !== SPACE) key++;
    while (this.#answered < this.#keysPerRequest) {
      const { bytes: all, starts } = this.#keys;
      const wanted = this.#askedKey();
      let at = key + 1, i = starts[wanted];
      while (i < starts[wanted + 1] && all[i] === bytes[at]) at++, i++;
      if (i === starts[wanted + 1] && bytes[at] === SPACE) return;
      this.#tally.misses++;
      this.#answered++;
    }
    throw new ServerError("the server answers a key that was not asked for");
  }

  #askedKey(): number {
    const { length } = this.#asked;
    return this.#asked[(this.#next + this.#answered) % length];
  }

  /** A value of that length begins. */
  #expect(length: number): void {
    this.#left = length + 2;
    this.#isWrong = false;
    if (this.#expected === undefined) return;
    const { bytes, starts } = this.#keys;
    const key = this.#askedKey();
    const value = this.#value;
    this.#isWrong = !this.#expected.find(
      bytes,
      starts[key],
      starts[key + 1],
      value,
    ) || value.end - value.start !== length;
    if (this.#isWrong) return;
    // It is compared as it comes, and until then other look-ups are made.
    if (this.#wanted.length < length) this.#wanted = new Uint8Array(2 * length);
    this.#wanted.set(value.bytes.subarray(value.start, value.end));
    this.#wantedLength = length;
  }

  #takeValue(bytes: Uint8Array, at: number, length: number): number {
    const end = Math.min(length, at + this.#left);
    if (this.#expected !== undefined && !this.#isWrong) {
      const from = this.#wantedLength + 2 - this.#left;
      const stop = Math.min(end - at, this.#wantedLength - from);
      for (let i = 0; i < stop; i++) {
        if (bytes[at + i] !== this.#wanted[from + i]) {
          this.#isWrong = true;
          break;
        }
      }
    }
    this.#left -= end - at;
    if (this.#left === 0) {
      if (this.#isWrong) this.#tally.wrong++;
      this.#keyIsDone();
    }
    return end;
  }

  #keyIsDone(): void {
    this.#answered++;
    if (this.#wire.counted && this.#answered === this.#keysPerRequest) {
      this.#replyIsDone();
    }
  }

  #replyIsDone(): void {
    this.#answered = 0;
    this.#next = (this.#next + this.#keysPerRequest) % this.#asked.length;
    this.#onReply();
  }
}
