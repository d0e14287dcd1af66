/**
 * memcached's text authentication (`try_read_command_asciiauth` in its
 * `proto_text.c`): until a client has said who it is, everything else is refused.
 *
 * ```text
 * set <any> <any> <any> <bytes>\r\n
 * <user> <password>\r\n                 STORED
 * ```
 *
 * The binary protocol is not spoken where there are users, as in memcached.
 *
 * @module
 */

import type { Login } from "../../access/login.ts";
import {
  Finding,
  TOO_MANY_LOG_INS,
  tooManyWrong,
  type Verdict,
} from "../../access/verdict.ts";
import { Next, type Session } from "../protocol.ts";
import type { Reply } from "../reply.ts";
import { LOG_IN_WORK, REQUEST_WORK, TEXT_BYTE_WORK } from "../work.ts";
import { DataBlock } from "./data_block.ts";
import { lineEnd, OUT_OF_MEMORY, uint64, words } from "./line.ts";

const UNAUTHENTICATED = "CLIENT_ERROR unauthenticated\r\n";
const BAD_ENDING = "CLIENT_ERROR bad command line termination\r\n";
const BAD_TOKEN = "CLIENT_ERROR bad authentication token format\r\n";
const FAILURE = "CLIENT_ERROR authentication failure\r\n";
const STORED = "STORED\r\n";

/** A line that is longer has no end. */
const LINE_LIMIT = 2048;

/** A longer data block, in bytes, holds no user and password. */
const TOKEN_LIMIT = 1024;

const CR = 0x0d, LF = 0x0a;

/** A connection that has not said yet who it is. */
export class Authentication implements Session {
  /** See {@linkcode Session.next}. */
  next: Next = Next.Read;
  /** Whether it has said so; then another session takes over. */
  passed = false;
  /** Nothing is read here. */
  readonly held = undefined;
  readonly #login: Login;
  /** Whether a password is being checked. */
  #trying = false;
  /** The data block that is awaited, and its end; -1 if it is a line. */
  #block = -1;
  /** A data block that is too long. */
  readonly #dropped = new DataBlock();

  /** Begins a conversation with a stranger. */
  constructor(login: Login) {
    this.#login = login;
  }

  /** Answers what is whole, up to the password that is right. */
  consume(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    this.next = Next.Read;
    reply.work = 0;
    if (this.#trying) this.#settle(reply);
    let at = start;
    while (at < end && this.next === Next.Read && !this.passed) {
      if (reply.full) this.next = Next.Resume;
      else if (this.#dropped.left > 0) {
        at = this.#dropped.take(received, at, end, reply);
      } else if (this.#block !== -1) {
        const blockEnd = at + this.#block + 2;
        if (blockEnd > end) break;
        this.#try(received, at, blockEnd, reply);
        this.#block = -1;
        at = blockEnd;
      } else {
        const lf = end - at < 2 ? -1 : lineEnd(received, at, at, end);
        if (lf === -1) {
          if (end - at > LINE_LIMIT) this.next = Next.Close;
          break;
        }
        this.#line(words(received, at, lf), reply);
        reply.work += REQUEST_WORK + TEXT_BYTE_WORK * (lf - at);
        at = lf + 1;
      }
    }
    return at - start;
  }

  /** Says so, and closes; see {@linkcode Session.refuseForMemory}. */
  refuseForMemory(
    _received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    reply.text(OUT_OF_MEMORY);
    this.next = Next.Close;
    return end - start;
  }

  /** There is nothing to let go of. */
  close(): void {}

  /** Takes a command line. */
  #line(words: readonly string[], reply: Reply): void {
    const [name, _key, _flags, _exptime, bytes] = words;
    const length = bytes === undefined ? undefined : uint32(bytes);
    if (name !== "set" || length === undefined) reply.text(UNAUTHENTICATED);
    else if (length > TOKEN_LIMIT) {
      this.#dropped.begin({ reply: BAD_TOKEN, block: length, unchecked: true });
    } else this.#block = length;
  }

  /** Tries the data block `bytes[start, end)`, which has its ending. */
  #try(bytes: Uint8Array, start: number, end: number, reply: Reply): void {
    if (bytes[end - 2] !== CR || bytes[end - 1] !== LF) {
      return reply.text(BAD_ENDING);
    }
    const [name, password] = words(bytes, start, end - 2).map(asUtf8);
    if (password === undefined) return reply.text(BAD_TOKEN);
    this.#trying = true;
    this.#login.try(name, password);
    this.#settle(reply);
  }

  /** Answers, if it is known whether the password is right. */
  #settle(reply: Reply): void {
    const { verdict } = this.#login;
    if (verdict === undefined) {
      this.next = Next.Wait;
      return;
    }
    this.#trying = false;
    this.passed = verdict.finding === Finding.Right;
    reply.text(wordsOn(verdict));
    reply.work += LOG_IN_WORK;
    if (this.#login.isExhausted) this.next = Next.Close;
  }
}

function wordsOn(verdict: Verdict): string {
  switch (verdict.finding) {
    case Finding.Right:
      return STORED;
    case Finding.Wrong:
      return FAILURE;
    case Finding.TooMany:
      return `CLIENT_ERROR ${tooManyWrong(verdict.seconds)}\r\n`;
    case Finding.Crowded:
      return `SERVER_ERROR ${TOO_MANY_LOG_INS}\r\n`;
  }
}

/** A number as memcached's `safe_strtoul` reads it, which keeps its low bits. */
function uint32(word: string): number | undefined {
  const value = uint64(word);
  return value === undefined ? undefined : Number(BigInt.asUintN(32, value));
}

/** The text of a word, which has a character for each of its bytes. */
function asUtf8(word: string): string {
  return new TextDecoder().decode(
    Uint8Array.from(word, (character) => character.charCodeAt(0)),
  );
}
