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
import { LongValue } from "../long_value.ts";
import type { Reply } from "../reply.ts";
import { KEY_LIMIT } from "./line.ts";

const NUL = 0x00, SPACE = 0x20, CR = 0x0d, LF = 0x0a, ZERO = 0x30;

/** Keys of more bytes than this are looked through before, in turns. */
const CHECKED_BEFORE = 64 * 1024;

/** So many bytes of keys are looked through in one turn. */
const CHECKED_A_TURN = 256 * 1024;

/** What a key costs before there are data, in units of work. */
const NO_DATA_WORK = 25;

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
  /** While paused inside a value: what is left of it. */
  readonly #long = new LongValue();
  /** Up to where no key is too long, from the beginning of the keys. */
  #checked = 0;

  /** Looks keys up in the handler's data set, and counts hits and misses. */
  constructor(handler: Handler, counters: Counters) {
    this.#handler = handler;
    this.#counters = counters;
  }

  /** Whether an answer is paused. */
  get paused(): boolean {
    return this.#nextKey !== 0;
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
    if (end - start > CHECKED_BEFORE && this.#checked < end - start) {
      const answer = this.#check(bytes, start, end, reply);
      if (answer !== Answer.Done) return answer;
    }
    if (this.#long.paused) {
      if (!this.#long.goOn(reply)) return Answer.Paused;
      endLine(reply);
    }
    const data = this.#held ?? this.#handler.current;
    const work = data === undefined ? NO_DATA_WORK : data.cost.find;
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
      if (reply.full) {
        if (!this.paused && this.#hasLongKey(bytes, start, at, end)) {
          reply.length = mark;
          return Answer.KeyTooLong;
        }
        this.#count(keys, hits);
        return this.#pause(data, key - start);
      }
      reply.work += work + keyEnd - key;
      if (
        data === undefined || !data.snapshot.find(bytes, key, keyEnd, value)
      ) {
        keys++;
        continue;
      }
      keys++;
      hits++;
      const version = versioned ? data.version : null;
      header(bytes, key, keyEnd, value, version, reply);
      if (!this.#long.give(value, data, reply)) {
        if (!this.paused && this.#hasLongKey(bytes, start, at, end)) {
          this.#long.close();
          reply.length = mark;
          return Answer.KeyTooLong;
        }
        this.#count(keys, hits);
        return this.#pause(data, keyEnd - start);
      }
      endLine(reply);
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
    this.#nextKey = this.#checked = 0;
    this.#long.close();
  }

  /** Looks through some more of many keys before any is answered. */
  #check(
    bytes: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): Answer {
    const at = start + this.#checked;
    const checked = checkKeys(bytes, at, at + CHECKED_A_TURN, end);
    if (checked < 0) {
      this.close();
      return Answer.KeyTooLong;
    }
    this.#checked = checked - start;
    reply.work += checked - at;
    return checked < end ? Answer.Paused : Answer.Done;
  }

  /** Whether a key is too long in `bytes[at, end)`. */
  #hasLongKey(
    bytes: Uint8Array,
    start: number,
    at: number,
    end: number,
  ): boolean {
    return this.#checked < end - start && checkKeys(bytes, at, end, end) < 0;
  }

  #pause(data: DataSet | undefined, nextKey: number): Answer {
    if (this.#held === undefined) data?.hold();
    this.#held = data;
    this.#nextKey = nextKey;
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

function endLine(reply: Reply): void {
  reply.reserve(2);
  reply.bytes[reply.length++] = CR;
  reply.bytes[reply.length++] = LF;
}

/**
 * Looks through the keys in `bytes[at, end)`, up to the first that ends behind
 * `stop`.
 *
 * @returns up to where; -1 if a key is too long.
 */
function checkKeys(
  bytes: Uint8Array,
  at: number,
  stop: number,
  end: number,
): number {
  for (let key = at; at < end; at++) {
    const byte = bytes[at];
    if (byte === NUL) return end; // the line ends here
    if (byte === SPACE) {
      if (at >= stop) return at;
      key = at + 1;
    } else if (at - key >= KEY_LIMIT) return -1;
  }
  return end;
}
