/**
 * `get KEY…` and `gets KEY…`: the hot path.
 *
 * ```text
 * get <key>*\r\n      VALUE <key> <flags> <bytes>\r\n<data block>\r\n … END\r\n
 * gets <key>*\r\n     VALUE <key> <flags> <bytes> <cas>\r\n …
 * ```
 *
 * No promise, string or view is made per key. When the reply grows long the
 * answer pauses, at a key or inside a value, and goes on after what is there has
 * been written; until its end it reads the data set that it began with.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Handler } from "../../handler/handler.ts";
import { Value } from "../../storage/storage.ts";
import { type Counters, GETS, HITS, MISSES } from "../counters.ts";
import { type Reply, REPLY_LIMIT } from "../reply.ts";
import { KEY_LIMIT } from "./line.ts";

const NUL = 0x00, SPACE = 0x20, CR = 0x0d, LF = 0x0a, ZERO = 0x30;

/** So many keys in one turn; then other connections have theirs. */
const KEYS_A_TURN = 4096;

/** So many keys are taken from the line at a time, and looked up together. */
const GROUP = 16;

/** What has become of a line. */
export enum Answer {
  /** Answered whole. */
  Done,
  /** Not yet: call again with the same line when the reply has been written. */
  Paused,
  /** A key is too long; nothing was answered. */
  KeyTooLong,
}

/** Answers one line after the other. */
export class Get {
  readonly #handler: Handler;
  readonly #counters: Counters;
  readonly #value = new Value();
  /** Where the keys of a group begin and end. */
  readonly #spans = new Int32Array(2 * GROUP);
  /** While paused: the data set that the answer began with. */
  #held: DataSet | undefined;
  /** While paused: where the next key is, from the beginning of the keys. */
  #nextKey = 0;
  /** While paused: how much of that key's value has been given; -1: none. */
  #given = -1;

  /** Looks keys up in the handler's data set, and counts hits and misses. */
  constructor(handler: Handler, counters: Counters) {
    this.#handler = handler;
    this.#counters = counters;
  }

  /** Whether an answer is paused. */
  get paused(): boolean {
    return this.#nextKey !== 0 || this.#given >= 0;
  }

  /** The data set that a paused answer began with. */
  get held(): DataSet | undefined {
    return this.#held;
  }

  /**
   * Answers the keys in `bytes[start, end)`. A NUL ends them, as it ends a string
   * in C.
   *
   * @param versioned whether the answer gives the version (`gets`).
   */
  answer(
    bytes: Uint8Array,
    start: number,
    end: number,
    versioned: boolean,
    reply: Reply,
  ): Answer {
    const data = this.#held ?? this.#handler.current;
    const value = this.#value;
    const spans = this.#spans;
    const mark = reply.length;
    let at = start + this.#nextKey;
    let hits = 0, keys = 0;
    for (let count = 0, next = 0;;) {
      if (next === count) {
        next = count = 0;
        for (; count < GROUP; count++) {
          while (at < end && bytes[at] === SPACE) at++;
          const key = at;
          for (; at < end; at++) {
            const byte = bytes[at];
            if (byte > SPACE) continue;
            if (byte === SPACE) break;
            if (byte === NUL) end = at--; // the line ends here
          }
          if (at === key) break;
          if (at - key > KEY_LIMIT) {
            reply.length = mark;
            return Answer.KeyTooLong;
          }
          spans[2 * count] = key;
          spans[2 * count + 1] = at;
        }
        if (count === 0) break;
        if (count > 1) data?.snapshot.prefetch?.(bytes, spans, count);
      }
      const key = spans[2 * next];
      const keyEnd = spans[2 * next + 1];
      next++;
      if (reply.length >= REPLY_LIMIT || keys >= KEYS_A_TURN) {
        if (!this.paused && hasLongKey(bytes, at, end)) {
          reply.length = mark;
          return Answer.KeyTooLong;
        }
        this.#count(keys, hits);
        return this.#pause(data, key - start, -1);
      }
      if (
        data === undefined || !data.snapshot.find(bytes, key, keyEnd, value)
      ) {
        keys++;
        continue;
      }
      let from = value.start;
      if (this.#given < 0) {
        keys++;
        hits++;
        const version = versioned ? data.version : null;
        header(bytes, key, keyEnd, value, version, reply);
      } else {
        from += this.#given;
        this.#given = -1;
      }
      if (value.end - from > REPLY_LIMIT) {
        if (!this.paused && hasLongKey(bytes, at, end)) {
          reply.length = mark;
          return Answer.KeyTooLong;
        }
        reply.copy(value.bytes, from, from + REPLY_LIMIT);
        this.#count(keys, hits);
        const given = from + REPLY_LIMIT - value.start;
        return this.#pause(data, key - start, given);
      }
      reply.copy(value.bytes, from, value.end);
      reply.reserve(2);
      reply.bytes[reply.length++] = CR;
      reply.bytes[reply.length++] = LF;
    }
    reply.text("END\r\n");
    this.#count(keys, hits);
    this.close();
    return Answer.Done;
  }

  /** Forgets a paused answer. */
  close(): void {
    this.#held?.release();
    this.#held = undefined;
    this.#nextKey = 0;
    this.#given = -1;
  }

  #pause(data: DataSet | undefined, nextKey: number, given: number): Answer {
    if (this.#held === undefined) data?.hold();
    this.#held = data;
    this.#nextKey = nextKey;
    this.#given = given;
    return Answer.Paused;
  }

  #count(keys: number, hits: number): void {
    this.#counters[GETS] += keys;
    this.#counters[HITS] += hits;
    this.#counters[MISSES] += keys - hits;
  }
}

/** `VALUE <key> <flags> <bytes>[ <cas>]\r\n` */
function header(
  bytes: Uint8Array,
  key: number,
  keyEnd: number,
  value: Value,
  version: Uint8Array | null,
  reply: Reply,
): void {
  // The words, the spaces, and the two numbers take less than 48 bytes.
  reply.reserve(keyEnd - key + 48);
  const to = reply.bytes;
  let at = reply.length;
  to[at++] = 0x56; // V
  to[at++] = 0x41; // A
  to[at++] = 0x4c; // L
  to[at++] = 0x55; // U
  to[at++] = 0x45; // E
  to[at++] = SPACE;
  while (key < keyEnd) to[at++] = bytes[key++];
  to[at++] = SPACE;
  reply.length = at;
  if (value.flags === 0) to[reply.length++] = ZERO;
  else reply.number(value.flags);
  to[reply.length++] = SPACE;
  reply.number(value.end - value.start);
  if (version !== null) {
    reply.text(" ");
    reply.copy(version, 0, version.length);
    reply.reserve(2);
  }
  reply.bytes[reply.length++] = CR;
  reply.bytes[reply.length++] = LF;
}

/** Whether one of the keys in `bytes[at, end)` is too long. */
function hasLongKey(bytes: Uint8Array, at: number, end: number): boolean {
  for (let key = at; at < end && bytes[at] !== NUL; at++) {
    if (bytes[at] === SPACE) key = at + 1;
    else if (at - key >= KEY_LIMIT) return true;
  }
  return false;
}
