/**
 * The meta commands that read.
 *
 * ```text
 * mg <key> <flag>*\r\n   VA <size> <flag>*\r\n<data block>\r\n   with v
 *                        HD <flag>*\r\n                          without it
 *                        EN <O and k>*\r\n                       a miss
 * me <key> [b]\r\n       ME <key> <name>=<figure>*\r\n           or EN\r\n
 * mn\r\n                 MN\r\n
 * ```
 *
 * Flags come back in the order in which they were given. A key that was asked
 * for in base64 comes back so, because it may hold any bytes.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Handler } from "../../handler/handler.ts";
import { Value } from "../../storage/storage.ts";
import { type Counters, GETS, HITS, MISSES } from "../counters.ts";
import { LongValue } from "../long_value.ts";
import type { Reply } from "../reply.ts";
import { encodeBase64 } from "./base64.ts";
import { KEY_LIMIT, uint64 } from "./line.ts";
import { LONG_OPAQUE, MetaFlags, WORD_LIMIT } from "./meta_flags.ts";
import type { MetaLine } from "./meta_line.ts";
import { refuse } from "./writes.ts";

const ERROR = "ERROR\r\n";
const BAD_LINE = "CLIENT_ERROR bad command line format\r\n";

const b = 0x62, c = 0x63, f = 0x66, h = 0x68, k = 0x6b, l = 0x6c, s = 0x73;
const t = 0x74, O = 0x4f, SPACE = 0x20;

/** Answers one `mg` or `me` after the other. */
export class MetaGet {
  readonly #handler: Handler;
  readonly #counters: Counters;
  readonly #flags = new MetaFlags();
  readonly #value = new Value();
  readonly #long = new LongValue();

  /** Looks keys up in the handler's data set, and counts hits and misses. */
  constructor(handler: Handler, counters: Counters) {
    this.#handler = handler;
    this.#counters = counters;
  }

  /** Whether an answer is half given. */
  get paused(): boolean {
    return this.#long.paused;
  }

  /** The data set that a paused answer is read from. */
  get held(): DataSet | undefined {
    return this.#long.held;
  }

  /** Forgets a paused answer. */
  close(): void {
    this.#long.close();
  }

  /** Answers a `mg`. False: only in part; call again with the same line. */
  answer(line: MetaLine, reply: Reply): boolean {
    if (this.#long.paused) {
      if (!this.#long.goOn(reply)) return false;
      reply.text("\r\n");
      return true;
    }
    const flags = this.#flags;
    const complaint = this.#complaint(line);
    if (complaint !== "") {
      reply.text(complaint);
      return true;
    }
    const data = this.#handler.current;
    if (data !== undefined) reply.work += data.cost.find;
    const hit = data !== undefined && data.snapshot.find(
      flags.keyBytes,
      flags.keyStart,
      flags.keyEnd,
      this.#value,
    );
    if (hit) return this.#hit(line, data, reply);
    this.#counters[GETS]++;
    this.#counters[MISSES]++;
    if (flags.quiet) return true;
    reply.text("EN");
    for (let word = 2; word < line.count; word++) {
      const letter = line.letter(word);
      if (letter === O) this.#opaque(line, word, reply);
      else if (letter === k) this.#key(reply);
    }
    reply.text("\r\n");
    return true;
  }

  /** Answers a `me`. */
  debug(line: MetaLine, reply: Reply): void {
    const flags = this.#flags;
    const base64 = line.count > 2 && line.length(2) === 1 &&
      line.letter(2) === b;
    if (line.count < 2 || line.length(1) > KEY_LIMIT) {
      return reply.text(BAD_LINE);
    }
    // Flags other than a `b` right behind the key do not matter.
    if (flags.read(line, 2, base64 ? 3 : 2) !== "") return reply.text(BAD_LINE);
    const value = this.#value;
    const { keyBytes, keyStart, keyEnd } = flags;
    const data = this.#handler.current;
    if (data !== undefined) reply.work += data.cost.find;
    if (
      data === undefined ||
      !data.snapshot.find(keyBytes, keyStart, keyEnd, value)
    ) return reply.text("EN\r\n");
    reply.text("ME ");
    if (base64) reply.text(encodeBase64(keyBytes, keyStart, keyEnd));
    else reply.copy(keyBytes, keyStart, keyEnd);
    reply.text(" exp=-1 la=0 cas=");
    reply.copy(data.version, 0, data.version.length);
    reply.text(" fetch=yes cls=1 size=");
    reply.number(keyEnd - keyStart + value.end - value.start);
    reply.text("\r\n");
  }

  /** What is wrong with a `mg`, if anything. */
  #complaint(line: MetaLine): string {
    if (line.count < 2) return ERROR;
    if (line.length(1) > KEY_LIMIT) return BAD_LINE;
    if (line.count >= WORD_LIMIT) {
      return "CLIENT_ERROR options flags are too long\r\n";
    }
    const complaint = this.#flags.read(line, 2);
    if (complaint !== "") return complaint;
    if (this.#flags.longOpaque) return LONG_OPAQUE;
    return this.#flags.changes ? refuse(this.#counters) : "";
  }

  #hit(line: MetaLine, data: DataSet, reply: Reply): boolean {
    const flags = this.#flags;
    const value = this.#value;
    const wanted = flags.value &&
      (flags.compare === 0 || !isVersion(line.text(flags.compare, 1), data));
    this.#counters[GETS]++;
    this.#counters[HITS]++;
    if (wanted) {
      reply.text("VA ");
      reply.number(value.end - value.start);
    } else {
      reply.text("HD");
    }
    for (let word = 2; word < line.count; word++) {
      this.#flag(line, word, data, reply);
    }
    reply.text("\r\n");
    if (!wanted) return true;
    if (!this.#long.give(value, data, reply)) return false;
    reply.text("\r\n");
    return true;
  }

  /** Adds what a flag asks to be returned. */
  #flag(line: MetaLine, word: number, data: DataSet, reply: Reply): void {
    const value = this.#value;
    switch (line.letter(word)) {
      case c:
        reply.text(" c");
        return reply.copy(data.version, 0, data.version.length);
      case f:
        reply.text(" f");
        return reply.number(value.flags);
      case h: // nobody keeps a record of reads: each key has been read before,
        return reply.text(" h1");
      case l: // and just now
        return reply.text(" l0");
      case s:
        reply.text(" s");
        return reply.number(value.end - value.start);
      case t: // no key expires
        return reply.text(" t-1");
      case O:
        return this.#opaque(line, word, reply);
      case k:
        return this.#key(reply);
    }
  }

  #opaque(line: MetaLine, word: number, reply: Reply): void {
    reply.reserve(1);
    reply.bytes[reply.length++] = SPACE;
    reply.copy(line.bytes, line.start(word), line.end(word));
  }

  #key(reply: Reply): void {
    const { keyBytes, keyStart, keyEnd, base64 } = this.#flags;
    reply.text(" k");
    if (base64) reply.text(encodeBase64(keyBytes, keyStart, keyEnd) + " b");
    else reply.copy(keyBytes, keyStart, keyEnd);
  }
}

function isVersion(token: string, { version }: DataSet): boolean {
  const digits = String(uint64(token));
  if (digits.length !== version.length) return false;
  for (let at = 0; at < version.length; at++) {
    if (digits.charCodeAt(at) !== version[at]) return false;
  }
  return true;
}
