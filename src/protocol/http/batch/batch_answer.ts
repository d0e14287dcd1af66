/**
 * What `POST /v1/{database}:batchGet` gives, in the order of the keys, in turns.
 *
 * ```text
 * JSON     {"dataSet":"SUM","results":[RESULT,…]}
 * NDJSON   RESULT\nRESULT\n…
 * RESULT   {"key":"text","found":true,"value":"text"}
 *          {"key":"text","found":true,"valueBase64":"aG9nZQ=="}
 *          {"key":"text","found":false}
 * ```
 *
 * The key is named as it was sent; a value that is not UTF-8 comes as base64. What
 * is complete within the first turn is sent with its length, and what is not in
 * chunks (RFC 9112, section 7.1), or to its end by closing where the client does
 * not know them.
 *
 * @module
 */

import type { DataSet } from "../../../handler/data_set.ts";
import { Value } from "../../../storage/storage.ts";
import { type Counters, GETS, HITS, MISSES } from "../../counters.ts";
import type { Reply } from "../../reply.ts";
import { entityTag } from "../conditions.ts";
import type { LongAnswer } from "../long_answer.ts";
import { lookUp } from "../lookup.ts";
import type { Responder } from "../responder.ts";
import { writeBase64 } from "./base64.ts";
import type { BatchKeys } from "./batch_keys.ts";
import { characterEnd, isUtf8, writeEscaped } from "./json_string.ts";

/** The media types of batches. */
export const JSON_TYPE = "application/json",
  LINES_TYPE = "application/x-ndjson";

/** So much of a value is looked at and written at a time; a multiple of 3. */
const PART = 24 * 1024;

/** What looking at a byte of a value costs, and what writing it, in units. */
const CHECK_WORK = 1, WRITE_WORK = 3;

/** What the members of a result cost, in units. */
const RESULT_WORK = 300;

/** Room for a head, before it is known. */
const HEAD_ROOM = 1024;

/** Room for the size of a chunk: five digits, and the line's end. */
const SIZE_ROOM = 7;

/** What comes next. */
enum Stage {
  /** What is before the first result. */
  Begin,
  /** A key. */
  Key,
  /** More of a value is to be looked at, whether it is UTF-8. */
  Check,
  /** More of a value, as text. */
  Text,
  /** More of a value, as base64. */
  Base64,
}

/** One answer. */
export class BatchAnswer implements LongAnswer {
  /** See {@linkcode LongAnswer.data}. */
  readonly data: DataSet;
  readonly #keys: BatchKeys;
  readonly #counters: Counters;
  readonly #lines: boolean;
  readonly #value = new Value();
  #chunked = false;
  #stage = Stage.Begin;
  /** The key that is next, or being answered. */
  #n = 0;
  /** How much of its value has been given, or looked at. */
  #given = 0;

  /**
   * Prepares.
   *
   * @param lines whether it is NDJSON.
   */
  constructor(
    keys: BatchKeys,
    data: DataSet,
    counters: Counters,
    lines: boolean,
  ) {
    this.#keys = keys;
    this.data = data;
    this.#counters = counters;
    this.#lines = lines;
  }

  /**
   * Writes the head and what there is room for.
   *
   * @returns whether the answer is complete.
   * @throws {DataFileError} if the file is damaged; then nothing has been written.
   */
  begin(responder: Responder, reply: Reply): boolean {
    const mark = reply.length;
    reply.reserve(HEAD_ROOM);
    // The head depends on what comes behind it.
    const start = reply.length += HEAD_ROOM;
    const isComplete = this.#write(reply);
    const length = reply.length - start;
    reply.length = mark;
    const type = this.#lines ? LINES_TYPE : JSON_TYPE;
    const fields = `content-type: ${type}\r\ncache-control: no-store\r\n` +
      `etag: ${entityTag(this.data.facts.sum)}\r\n`;
    this.#chunked = !isComplete && !responder.old;
    if (!isComplete && responder.old) responder.persistent = false;
    responder.head(
      reply,
      200,
      this.#chunked ? `${fields}transfer-encoding: chunked\r\n` : fields,
      isComplete ? length : undefined,
    );
    this.#place(reply, start, length);
    return isComplete;
  }

  /** Goes on; see {@linkcode LongAnswer.give}. */
  give(reply: Reply): boolean {
    if (!this.#chunked) return this.#write(reply);
    const mark = reply.length;
    reply.reserve(SIZE_ROOM);
    const start = reply.length += SIZE_ROOM;
    const isComplete = this.#write(reply);
    const length = reply.length - start;
    reply.length = mark;
    this.#place(reply, start, length);
    if (isComplete) reply.text("0\r\n\r\n");
    return isComplete;
  }

  /** Moves what has been written from `start` on to where it belongs. */
  #place(reply: Reply, start: number, length: number): void {
    if (length === 0) return; // a chunk of no length would be the last
    if (this.#chunked) reply.text(`${length.toString(16)}\r\n`);
    if (reply.length > start) throw new RangeError("a head without room");
    reply.bytes.copyWithin(reply.length, start, start + length);
    reply.length += length;
    if (this.#chunked) reply.text("\r\n");
  }

  /** Writes as much as a turn may have; whether that is all. */
  #write(reply: Reply): boolean {
    const keys = this.#keys;
    if (this.#stage === Stage.Begin) {
      const sum = JSON.stringify(this.data.facts.sum);
      if (!this.#lines) reply.text(`{"dataSet":${sum},"results":[`);
      this.#stage = Stage.Key;
    }
    if (this.#stage !== Stage.Key) {
      // Since the last turn the value may have moved.
      keys.choose(this.#n);
      reply.work += this.data.cost.find;
      lookUp(this.data, keys, this.#value);
    }
    while (this.#n < keys.count) {
      if (reply.full) return false;
      this.#step(reply);
    }
    if (!this.#lines) reply.text("]}\n");
    return true;
  }

  #step(reply: Reply): void {
    const { bytes, start, end } = this.#value;
    const from = start + this.#given;
    switch (this.#stage) {
      case Stage.Key:
        return this.#key(reply);
      case Stage.Check: {
        const to = characterEnd(bytes, from + PART, end);
        this.#given = to - start;
        reply.work += CHECK_WORK * (to - from);
        if (!isUtf8(bytes, from, to)) this.#give(Stage.Base64, reply);
        else if (to === end) this.#give(Stage.Text, reply);
        return;
      }
      case Stage.Text: {
        const to = characterEnd(bytes, from + PART, end);
        reply.work += WRITE_WORK * (to - from);
        writeEscaped(reply, bytes, from, to);
        this.#given = to - start;
        if (to === end) this.#end('"}', reply);
        return;
      }
      case Stage.Base64: {
        const to = Math.min(from + PART, end);
        reply.work += WRITE_WORK * (to - from);
        writeBase64(reply, bytes, from, to);
        this.#given = to - start;
        if (to === end) this.#end('"}', reply);
      }
    }
  }

  /** Looks the next key up. */
  #key(reply: Reply): void {
    const keys = this.#keys;
    keys.choose(this.#n);
    reply.text(this.#lines || this.#n === 0 ? "{" : ",{");
    if (keys.namespaced) {
      const { namespaceStart, namespaceEnd, namespaceBase64 } = keys;
      this.#name(
        reply,
        "namespace",
        namespaceStart,
        namespaceEnd,
        namespaceBase64,
      );
    }
    this.#name(reply, "key", keys.start, keys.end, keys.keyBase64);
    this.#counters[GETS]++;
    reply.work += RESULT_WORK + this.data.cost.find +
      WRITE_WORK * (keys.end - keys.start);
    if (lookUp(this.data, keys, this.#value)) {
      this.#counters[HITS]++;
      this.#stage = Stage.Check;
      this.#given = 0;
    } else {
      this.#counters[MISSES]++;
      this.#end('"found":false}', reply);
    }
  }

  /** `"key":"text",` or `"keyBase64":"…",` */
  #name(
    reply: Reply,
    name: string,
    start: number,
    end: number,
    base64: number,
  ): void {
    const { bytes } = this.#keys;
    if (base64 < 0) {
      reply.text(`"${name}":"`);
      writeEscaped(reply, bytes, start, end);
    } else {
      reply.text(`"${name}Base64":"`);
      reply.copy(bytes, base64, base64 + 4 * Math.ceil((end - start) / 3));
    }
    reply.text('",');
  }

  /** What the value is has been found out. */
  #give(stage: Stage.Text | Stage.Base64, reply: Reply): void {
    const name = stage === Stage.Text ? "value" : "valueBase64";
    reply.text(`"found":true,"${name}":"`);
    this.#stage = stage;
    this.#given = 0;
  }

  /** The result is complete. */
  #end(text: string, reply: Reply): void {
    reply.text(text);
    if (this.#lines) reply.text("\n");
    this.#stage = Stage.Key;
    this.#n++;
  }
}
