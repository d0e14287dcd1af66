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
import { Answer, Get } from "./get.ts";
import { textEnd, uint64, words } from "./line.ts";
import { generalStats } from "./stats.ts";
import { isQuiet, READ_ONLY, WRITES } from "./writes.ts";

/** A line without an end that is longer than this must be a multi-get. */
const LINE_LIMIT = 2048;

/** And a multi-get must end some time, too. */
const GET_LINE_LIMIT = 1024 * 1024;

/** So many spaces before a long multi-get are forgiven. */
const INDENT_LIMIT = 100;

const ERROR = "ERROR\r\n";
const DAMAGED = "SERVER_ERROR the data file is damaged at this key\r\n";
const BAD_LINE = "CLIENT_ERROR bad command line format\r\n";

const G = 0x67, E = 0x65, T = 0x74, S = 0x73;
const NUL = 0x00, SPACE = 0x20, CR = 0x0d, LF = 0x0a;

type Command = (session: TextSession, words: string[]) => string;

/** The commands that are neither a get nor a write: each gives its answer. */
const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ["version", (session) => session.version()],
  ["verbosity", (_, words) => verbosity(words)],
  ["stats", (session, words) => session.stats(words)],
  ["quit", (session) => session.quit()],
]);

/** One connection that speaks text. */
export class TextSession implements Session {
  /** See {@linkcode Session.next}. */
  next: Next = Next.Read;
  readonly #context: SessionContext;
  readonly #get: Get;
  /** How far the beginning of the next line has been searched for its end. */
  #searched = 0;
  /** How much of a data block, with the two bytes behind it, is to come. */
  #block = 0;
  /** The last two bytes of the data block, as far as they have come. */
  #blockEnd = 0;
  /** What to answer when the data block has been taken in. */
  #refusal = "";

  /** Begins a conversation. */
  constructor(context: SessionContext) {
    this.#context = context;
    this.#get = new Get(context.handler, context.counters);
  }

  /** Answers what is whole; see {@linkcode Session.consume}. */
  consume(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    this.next = Next.Read;
    let at = start;
    while (at < end && this.next === Next.Read) {
      if (reply.full) {
        this.next = Next.Resume;
        break;
      }
      if (this.#block > 0) {
        at = this.#takeBlock(received, at, end, reply);
        continue;
      }
      const lf = lineEnd(received, at, at + this.#searched, end);
      if (lf === -1) {
        this.#searched = end - at;
        if (mustClose(received, at, end)) this.next = Next.Close;
        break;
      }
      this.#searched = 0;
      if (this.#line(received, at, lf, reply)) at = lf + 1;
      else this.next = Next.Resume;
    }
    return at - start;
  }

  /** What a paused answer is read from; see {@linkcode Session.held}. */
  get held(): DataSet | undefined {
    return this.#get.held;
  }

  /** Lets go of a paused answer. */
  close(): void {
    this.#get.close();
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
  stats([, name]: string[]): string {
    if (name === "reset") return "RESET\r\n";
    if (name !== undefined) return ERROR;
    return generalStats(this.#context)
      .map(([name, value]) => `STAT ${name} ${value}\r\n`).join("") + "END\r\n";
  }

  /** Answers the line `bytes[start, lf)`; false if only a part of it so far. */
  #line(bytes: Uint8Array, start: number, lf: number, reply: Reply): boolean {
    const end = textEnd(bytes, start, lf);
    while (start < end && bytes[start] === SPACE) start++;
    if (
      bytes[start] === G && bytes[start + 1] === E && bytes[start + 2] === T
    ) {
      const versioned = bytes[start + 3] === S;
      const keys = firstKey(bytes, start + (versioned ? 4 : 3), end);
      if (keys !== -1) {
        return this.#answerGet(bytes, keys, end, versioned, reply);
      }
    }
    reply.text(this.#command(words(bytes, start, end)));
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
      if (!(error instanceof DataFileError)) throw error;
      this.#context.onDamage(error);
      // An answer that is half sent cannot be taken back.
      if (this.#get.paused) this.next = Next.Close;
      this.#get.close();
      reply.length = mark;
      reply.text(DAMAGED);
      return true;
    }
  }

  #command(words: string[]): string {
    const [name = ""] = words;
    const judge = WRITES.get(name);
    if (judge !== undefined) {
      const { reply, block } = judge(words);
      if (reply === READ_ONLY || reply === "") {
        this.#context.counters[WRITES_REFUSED]++;
      }
      if (block === -1) return reply;
      this.#block = block + 2;
      this.#refusal = reply;
      return "";
    }
    const command = COMMANDS.get(name);
    if (command !== undefined) return command(this, words);
    if (words.at(-1)?.startsWith("HTTP/")) return this.quit();
    return ERROR;
  }

  /** Drops what has come of a data block; answers at its end. */
  #takeBlock(
    bytes: Uint8Array,
    at: number,
    end: number,
    reply: Reply,
  ): number {
    const taken = Math.min(this.#block, end - at);
    for (let i = Math.max(at, at + taken - 2); i < at + taken; i++) {
      this.#blockEnd = (this.#blockEnd << 8 | bytes[i]) & 0xffff;
    }
    this.#block -= taken;
    if (this.#block === 0) {
      const whole = this.#blockEnd === (CR << 8 | LF);
      if (whole) reply.text(this.#refusal);
      else if (this.#refusal !== "") {
        reply.text("CLIENT_ERROR bad data chunk\r\n");
      }
    }
    return at + taken;
  }
}

function verbosity(words: string[]): string {
  if (words.length !== 2 && words.length !== 3) return ERROR;
  if (isQuiet(words)) return "";
  return uint64(words[1]) === undefined ? BAD_LINE : "OK\r\n";
}

/** Where the first key begins; -1 if the command has no key. */
function firstKey(bytes: Uint8Array, at: number, end: number): number {
  if (at >= end || bytes[at] !== SPACE) return -1;
  while (at < end && bytes[at] === SPACE) at++;
  return at === end || bytes[at] === NUL ? -1 : at;
}

/**
 * Where the line that begins at `start` ends, or -1.
 *
 * Most lines are short, and a loop finds their end faster than a call does. A
 * call on the whole buffer for a long line finds what is there before it could
 * run into the stale bytes behind `end`, unless the line is not whole.
 */
function lineEnd(
  bytes: Uint8Array,
  start: number,
  from: number,
  end: number,
): number {
  const near = Math.min(end, from + 64);
  for (let at = from; at < near; at++) if (bytes[at] === LF) return at;
  if (near === end) return -1;
  const at = end - start > LINE_LIMIT
    ? bytes.subarray(0, end).indexOf(LF, near)
    : bytes.indexOf(LF, near);
  return at < end ? at : -1;
}

/** Whether what has no end yet cannot become a command. */
function mustClose(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start <= LINE_LIMIT) return false;
  if (end - start > GET_LINE_LIMIT) return true;
  let at = start;
  while (bytes[at] === SPACE) at++;
  if (at - start > INDENT_LIMIT) return true;
  const isGet = bytes[at] === G && bytes[at + 1] === E && bytes[at + 2] === T;
  if (bytes[at + 3] === S) at++;
  return !isGet || bytes[at + 3] !== SPACE;
}
