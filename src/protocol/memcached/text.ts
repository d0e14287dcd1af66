/**
 * memcached's text protocol, for reads: takes the received bytes apart into
 * command lines and data blocks, and answers each.
 *
 * The words and the cases of every error are those of memcached 1.6
 * (`doc/protocol.txt`, `proto_text.c`).
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { DataFileError } from "../../storage/storage.ts";
import { WRITES_REFUSED } from "../counters.ts";
import { Next, type Session, type SessionContext } from "../protocol.ts";
import type { Reply } from "../reply.ts";
import { REQUEST_WORK, TEXT_BYTE_WORK } from "../work.ts";
import { ADMIN } from "./admin.ts";
import { DataBlock } from "./data_block.ts";
import { Answer, Get } from "./get.ts";
import {
  isEndless,
  lineEnd,
  OUT_OF_MEMORY,
  READ_BUFFER,
  textEnd,
  words,
} from "./line.ts";
import { MetaGet } from "./meta.ts";
import { MetaLine } from "./meta_line.ts";
import { META_WRITES } from "./meta_writes.ts";
import { answerStats } from "./stats.ts";
import { READ_ONLY, type Refusal, WRITES } from "./writes.ts";

const ERROR = "ERROR\r\n";
const DAMAGED = "SERVER_ERROR the data file is damaged at this key\r\n";
const BAD_LINE = "CLIENT_ERROR bad command line format\r\n";

const G = 0x67, E = 0x65, T = 0x74, S = 0x73, M = 0x6d;
const NUL = 0x00, SPACE = 0x20;

/** What it costs to look for the end of a line, by its bytes, in units. */
const SEARCH_WORK = 0.25;

/** memcached looks for an HTTP request in commands that begin otherwise. */
const NO_HTTP = /^(?:[gsacidt][^]*|m?[^]?)$/;

/** Answers the words of a line. */
export type Command = (session: TextSession, words: string[]) => string;

/**
 * The commands that are neither a get nor refused, nor of the meta commands:
 * each gives its answer.
 */
export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["version", (session) => session.version()],
  ["stats", (session, words) => session.stats(words)],
  ["quit", (session) => session.quit()],
]);

/** One connection that speaks text. */
export class TextSession implements Session {
  /** See {@linkcode Session.next}. */
  next: Next = Next.Read;
  readonly #context: SessionContext;
  readonly #get: Get;
  readonly #meta: MetaGet;
  readonly #metaLine = new MetaLine();
  readonly #block = new DataBlock();
  /** How far the beginning of the next line has been searched for its end. */
  #searched = 0;
  /** Whether the line that comes has been refused, and is passed over. */
  #passing = false;

  /** Begins a conversation. */
  constructor(context: SessionContext) {
    this.#context = context;
    this.#get = new Get(context.handler, context.counters);
    this.#meta = new MetaGet(context.handler, context.counters);
  }

  /** Answers what is whole; see {@linkcode Session.consume}. */
  consume(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    this.next = Next.Read;
    reply.work = 0;
    let at = start;
    while (at < end && this.next === Next.Read) {
      if (reply.full) {
        this.next = Next.Resume;
        break;
      }
      if (this.#block.left > 0) {
        at = this.#block.take(received, at, end, reply);
        continue;
      }
      const lf = lineEnd(received, at, at + this.#searched, end);
      if (this.#passing) {
        this.#passing = lf === -1;
        at = lf === -1 ? end : lf + 1;
        continue;
      }
      if (lf === -1) {
        reply.work += (end - at) * SEARCH_WORK;
        this.#searched = end - at;
        if (isEndless(received, at, end)) this.next = Next.Close;
        break;
      }
      this.#searched = 0;
      if (lf - at >= READ_BUFFER && isEndless(received, at, lf)) {
        this.next = Next.Close;
        break;
      }
      if (this.#line(received, at, lf, reply)) at = lf + 1;
      else this.next = Next.Resume;
    }
    return at - start;
  }

  /** Says so, and passes over the line; see {@linkcode Session.refuseForMemory}. */
  refuseForMemory(
    _received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    const isPaused = this.#get.paused || this.#meta.paused;
    // In the middle of a value the words would be taken for a part of it.
    if (!isPaused) reply.text(OUT_OF_MEMORY);
    // Without an end it has been looked through already.
    const isEnded = this.#searched < end - start;
    this.next = isPaused || isEnded ? Next.Close : Next.Read;
    this.#passing = this.next === Next.Read;
    this.#searched = 0;
    return end - start;
  }

  /** What a paused answer is read from; see {@linkcode Session.held}. */
  get held(): DataSet | undefined {
    return this.#get.held ?? this.#meta.held;
  }

  /** Lets go of a paused answer. */
  close(): void {
    this.#get.close();
    this.#meta.close();
  }

  /** `version` */
  version(): string {
    return `VERSION ${this.#context.status.version}\r\n`;
  }

  /** `quit`: closes without an answer. */
  quit(): string {
    this.next = Next.Close;
    return "";
  }

  /** `stats [name]` */
  stats(words: string[]): string {
    return answerStats(words, this.#context);
  }

  /** Answers the line `bytes[start, lf)`; false if only a part of it so far. */
  #line(bytes: Uint8Array, start: number, lf: number, reply: Reply): boolean {
    const end = textEnd(bytes, start, lf);
    reply.work += REQUEST_WORK;
    while (start < end && bytes[start] === SPACE) start++;
    if (
      bytes[start] === G && bytes[start + 1] === E && bytes[start + 2] === T
    ) {
      const versioned = bytes[start + 3] === S;
      const keys = firstKey(bytes, start + (versioned ? 4 : 3), end);
      if (keys !== -1) {
        return this.#answerGet(bytes, keys, end, versioned, reply);
      }
    } else if (
      bytes[start] === M &&
      (start + 2 === end || start + 2 < end && bytes[start + 2] <= SPACE)
    ) {
      reply.work += TEXT_BYTE_WORK * (end - start);
      this.#metaLine.split(bytes, start, end);
      if (this.#metaLine.length(0) === 2) {
        return this.#answerMeta(this.#metaLine, reply);
      }
    }
    const text = this.#command(words(bytes, start, end));
    reply.work += TEXT_BYTE_WORK * (end - start + text.length);
    reply.text(text);
    return true;
  }

  #answerGet(
    bytes: Uint8Array,
    keys: number,
    end: number,
    versioned: boolean,
    reply: Reply,
  ): boolean {
    const mark = reply.length;
    try {
      const answer = this.#get.answer(bytes, keys, end, versioned, reply);
      if (answer === Answer.KeyTooLong) reply.text(BAD_LINE);
      return answer !== Answer.Paused;
    } catch (error) {
      return this.#onDamage(error, this.#get, mark, reply);
    }
  }

  #answerMeta(line: MetaLine, reply: Reply): boolean {
    const mark = reply.length;
    const letter = line.text(0, 1);
    try {
      if (letter === "g") return this.#meta.answer(line, reply);
      if (letter === "e") this.#meta.debug(line, reply);
      else if (letter === "n") reply.text("MN\r\n");
      else {
        const judge = META_WRITES.get(letter);
        reply.text(judge === undefined ? ERROR : this.#refuse(judge(line)));
      }
      return true;
    } catch (error) {
      return this.#onDamage(error, this.#meta, mark, reply);
    }
  }

  /** An answer met damage in the data file; always true: the line is done. */
  #onDamage(
    error: unknown,
    answer: Get | MetaGet,
    mark: number,
    reply: Reply,
  ): true {
    if (!(error instanceof DataFileError)) throw error;
    this.#context.onDamage(error);
    reply.length = mark;
    // What is half sent cannot be taken back: what is missing must be seen.
    if (answer.paused) this.next = Next.Close;
    else reply.text(DAMAGED);
    answer.close();
    return true;
  }

  #command(words: string[]): string {
    const [name = ""] = words;
    const judge = WRITES.get(name);
    if (judge !== undefined) return this.#refuse(judge(words));
    const command = COMMANDS.get(name);
    if (command !== undefined) return command(this, words);
    const admin = ADMIN.get(name);
    if (admin !== undefined) {
      return this.#refuse({ reply: admin(words), block: -1 });
    }
    if (!NO_HTTP.test(name) && words[words.length - 1].startsWith("HTTP/")) {
      return this.quit();
    }
    return ERROR;
  }

  /** What to say now to a command that is refused. */
  #refuse(refusal: Refusal): string {
    const { reply, block, quiet } = refusal;
    if (reply === READ_ONLY) this.#context.counters[WRITES_REFUSED]++;
    if (block !== -1) this.#block.begin(refusal);
    return quiet || block !== -1 ? "" : reply;
  }
}

/** Where the first key begins; -1 if the command has no key. */
function firstKey(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== SPACE) return -1;
  while (at < end && bytes[at] === SPACE) at++;
  return at === end || bytes[at] === NUL ? -1 : at;
}
