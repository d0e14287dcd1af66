/**
 * One connection that speaks HTTP: answers each request, in their order.
 *
 * @module
 */

import { MAX_FAILURES } from "../../access/login.ts";
import type { DataSet } from "../../handler/data_set.ts";
import { DataFileError } from "../../storage/storage.ts";
import {
  type Link,
  Next,
  type Session,
  type SessionContext,
} from "../protocol.ts";
import type { Reply } from "../reply.ts";
import { REQUEST_WORK, TEXT_BYTE_WORK, TURN_WORK } from "../work.ts";
import { refusal, type Tokens, WRONG_TOKEN } from "./access.ts";
import { BatchGet } from "./batch/batch_get.ts";
import {
  type BatchRequest,
  LARGEST_BATCH,
  MOST_KEYS,
} from "./batch/batch_request.ts";
import type { Cors } from "./cors.ts";
import { TEXT_FIELDS } from "./field_names.ts";
import { awaitsContinue, bodyLength, persists } from "./framing.ts";
import type { Hosts } from "./host.ts";
import type { LongAnswer } from "./long_answer.ts";
import { Method } from "./method.ts";
import type { Problem } from "./problem.ts";
import { Progress, RequestBody } from "./request_body.ts";
import { Parsed, RequestHead } from "./request_head.ts";
import type { Resources } from "./resources.ts";
import { Responder } from "./responder.ts";
import { statusLine } from "./status.ts";
import { Target, TargetVerdict } from "./target.ts";

/** A head must be there whole within so many milliseconds. */
const HEAD_TIMEOUT_MS = 10_000;

/**
 * A body may take so many milliseconds, and one more for so many bytes of it: who
 * sends it more slowly holds the connection for nothing.
 */
const BODY_TIMEOUT_MS = 30_000, LEAST_BODY_BYTES_PER_MS = 4;

/**
 * A client that has been told that the connection ends may take so many
 * milliseconds to read that: to close while it sends would take the answer away
 * from it (RFC 9112, section 9.6).
 */
const LINGER_TIMEOUT_MS = 2000;

/** So much of a body that nobody reads is passed over, in bytes. */
const LONGEST_UNREAD = 16 * 1024 * 1024;

/** What a byte of a head costs, in units of work. */
const HEAD_BYTE_WORK = 2;

/**
 * So much of a body is taken in one turn, in bytes. That is less than a turn may
 * cost: where a hundred clients send bodies all the time, each has its turn before
 * anybody else, who waits five times as long with four times as much.
 */
const BODY_PIECE = 4 * 1024;

/** What taking a piece costs, and a byte that separates chunks, in units of work. */
const PIECE_WORK = 200, FRAMING_BYTE_WORK = 10;

/** What a connection waits for. */
enum Wait {
  /** A request. */
  Request,
  /** The rest of a head. */
  Head,
  /** The rest of a body. */
  Body,
  /** The client's end of the connection. */
  End,
}

/** What is the same for all connections of a listener. */
export interface Site {
  /** The surroundings. */
  readonly context: SessionContext;
  /** What there is. */
  readonly resources: Resources;
  /** What the server is called. */
  readonly hosts: Hosts;
  /** The pages that may read; without it, none of another origin. */
  readonly cors: Cors | undefined;
  /** Who may ask; without it, everybody may. */
  readonly tokens: Tokens | undefined;
}

/** One connection. */
export class HttpSession implements Session {
  /** See {@linkcode Session.next}. */
  next: Next = Next.Read;
  readonly #site: Site;
  readonly #link: Link | undefined;
  readonly #head = new RequestHead();
  readonly #body = new RequestBody();
  readonly #target = new Target();
  readonly #responder = new Responder();
  /** Whether a request has been taken whose end has not come. */
  #taken = false;
  /** The request, if its body is needed to answer it. */
  #batch: BatchGet | undefined;
  /** What is left of an answer. */
  #answer: LongAnswer | undefined;
  #wait = Wait.Request;
  /** Another number for each thing that is waited for. */
  #stage = 0;
  /** The number when the clock was looked at first, and the time then. */
  #timed = 0;
  #since = 0;
  /** How many bytes have been passed over since the client was told of the end. */
  #passed = 0;
  /** The keys of a batch, until it is answered whole. */
  #keys: BatchRequest | undefined;
  /** How much memory they take, in bytes, as it has been counted. */
  #counted = 0;
  /** How many requests had a token that may not ask. */
  #wrongTokens = 0;

  /** Begins a conversation. */
  constructor(site: Site, link?: Link) {
    this.#site = site;
    this.#link = link;
  }

  /** What a long answer is read from; see {@linkcode Session.held}. */
  get held(): DataSet | undefined {
    return this.#answer?.data;
  }

  /** Whether a request is not answered whole; see {@linkcode Session.midway}. */
  get midway(): boolean {
    return this.#answer !== undefined || this.#batch !== undefined;
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
    for (;;) {
      if (this.next === Next.Read && reply.full) this.next = Next.Resume;
      if (this.next !== Next.Read) break;
      if (this.#answer !== undefined) {
        this.#goOn(this.#answer, reply);
        continue;
      }
      if (this.#wait === Wait.End) {
        this.#passed += end - at;
        if (this.#passed > LONGEST_UNREAD) this.next = Next.Close;
        at = end;
        break;
      }
      if (this.#taken) {
        if (this.#body.progress === Progress.Part) {
          if (at === end) {
            this.#awaits(Wait.Body);
            break;
          }
          at += this.#takeBody(received, at, end, reply);
        } else this.#finish();
        continue;
      }
      if (at === end) break;
      const length = this.#takeHead(received, at, end, reply);
      if (length === 0 && this.#wait === Wait.Head) break;
      at += length;
    }
    return at - start;
  }

  /** Whether it has waited too long; see {@linkcode Session.timeOut}. */
  timeOut(now: number, reply: Reply): boolean {
    if (this.#timed !== this.#stage) {
      this.#timed = this.#stage;
      this.#since = now;
    }
    if (now - this.#since <= this.#patience()) return false;
    if (this.#wait === Wait.Head) this.#end(LATE_HEAD, reply);
    else if (this.#batch !== undefined) this.#end(LATE_BODY, reply);
    return true;
  }

  /** Says so, and closes; see {@linkcode Session.refuseForMemory}. */
  refuseForMemory(
    _received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    // In the middle of an answer the words would be taken for a part of it.
    if (this.#answer === undefined) this.#end(NO_MEMORY, reply);
    else this.next = Next.Close;
    return end - start;
  }

  /** Lets go of a long answer. */
  close(): void {
    this.#answer?.data.release();
    this.#answer = undefined;
    this.#letGo();
  }

  /** How long it waits for what it waits for, in milliseconds. */
  #patience(): number {
    switch (this.#wait) {
      case Wait.Request:
        return Infinity; // that is idleness, of which the transport knows
      case Wait.Head:
        return HEAD_TIMEOUT_MS;
      case Wait.Body:
        return BODY_TIMEOUT_MS + this.#body.taken / LEAST_BODY_BYTES_PER_MS;
      case Wait.End:
        return LINGER_TIMEOUT_MS;
    }
  }

  #awaits(wait: Wait): void {
    if (this.#wait === wait) return;
    this.#wait = wait;
    this.#stage++;
  }

  /** Takes a head, and answers it if it is whole; returns its length then. */
  #takeHead(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    const head = this.#head;
    // What goes wrong before it is whole is answered as to no special request.
    this.#responder.old = this.#responder.headOnly = false;
    this.#responder.cors = "";
    switch (head.read(received, start, end)) {
      case Parsed.Part:
        this.#awaits(Wait.Head);
        return 0;
      case Parsed.Bad:
        this.#end({ status: head.status, detail: head.problem }, reply);
        if (head.status === 414 || head.status === 431) this.#linger();
        return 0;
      case Parsed.Whole: {
        const { length } = head;
        reply.work += REQUEST_WORK + length *
            (head.hasOneOf(TEXT_FIELDS) ? TEXT_BYTE_WORK : HEAD_BYTE_WORK);
        this.#awaits(Wait.Request);
        this.#takeRequest(head, reply);
        head.clear();
        return length;
      }
    }
  }

  #takeRequest(head: RequestHead, reply: Reply): void {
    const responder = this.#responder;
    responder.headOnly = head.method === Method.Head;
    responder.old = head.minor === 0;
    responder.cors = this.#site.cors?.fieldsFor(head) ?? "";
    const length = bodyLength(head);
    if (typeof length !== "number") return this.#end(length, reply);
    const hasBody = length !== 0;
    const awaited = awaitsContinue(head);
    if (typeof awaited !== "boolean") {
      this.#end(awaited, reply);
      if (hasBody) this.#linger();
      return;
    }
    // A client that asks first need not send the body when it has been refused:
    // whether what comes then is the body, nobody can tell.
    const isDoubtful = hasBody && (awaited || length > LONGEST_UNREAD);
    const persistent = persists(head);
    responder.persistent = persistent && !isDoubtful;
    const batch = this.#respond(head, reply);
    if (this.next === Next.Close) return;
    if (batch === undefined) {
      if (isDoubtful) return this.#linger();
      this.#body.begin(length, LONGEST_UNREAD);
    } else {
      this.#body.begin(length, LARGEST_BATCH);
      if (this.#body.progress === Progress.TooLong) {
        return this.#refuseLength(reply);
      }
      this.#batch = batch;
      this.#keys = batch.request;
      responder.persistent = persistent;
      if (awaited && hasBody) reply.text(`${statusLine(100)}\r\n`);
      if (!hasBody) this.#answerBatch(batch, reply);
    }
    this.#taken = true;
  }

  /** Answers a head; returns what needs the body for that. */
  #respond(head: RequestHead, reply: Reply): BatchGet | undefined {
    const { resources, hosts, cors, tokens } = this.#site;
    const responder = this.#responder;
    const target = this.#target;
    const verdict = target.read(head, hosts);
    switch (verdict) {
      case TargetVerdict.Malformed:
        this.#end(BAD_TARGET, reply);
        return undefined;
      case TargetVerdict.BadHost:
        this.#end(BAD_HOST, reply);
        return undefined;
      case TargetVerdict.Foreign:
        responder.problem(reply, FOREIGN_HOST);
        return undefined;
    }
    if (head.method === Method.Options && cors?.isPreflight(head)) {
      resources.preflight(responder, reply);
      return undefined;
    }
    const refused = tokens && refusal(head, tokens);
    if (refused !== undefined) {
      if (refused === WRONG_TOKEN) this.#noteWrongToken();
      if (this.#wrongTokens < MAX_FAILURES) responder.problem(reply, refused);
      else this.#end(refused, reply);
      return undefined;
    }
    if (verdict === TargetVerdict.Server) {
      resources.options(responder, reply);
      return undefined;
    }
    const { start, end } = target;
    const rest = resources.answer(head, start, end, responder, reply);
    if (rest instanceof BatchGet) return rest;
    if (rest !== undefined) this.#beginLong(rest);
    return undefined;
  }

  #noteWrongToken(): void {
    this.#wrongTokens++;
    this.#site.context.onWrongToken?.(this.#link?.address ?? "unknown");
  }

  #takeBody(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    const body = this.#body;
    const batch = this.#batch;
    const most = Math.min(end, start + BODY_PIECE);
    const before = body.framing;
    const used = body.take(received, start, most, batch?.request);
    const { progress } = body;
    reply.work += PIECE_WORK + FRAMING_BYTE_WORK * (body.framing - before);
    if (batch !== undefined) {
      reply.work += Math.ceil(used / BODY_PIECE * TURN_WORK);
      if (!this.#count(batch.request.size)) {
        this.#end(NO_MEMORY, reply);
        this.#linger();
        return used;
      }
    }
    if (batch === undefined) {
      // It has been answered, and cannot be told from what follows.
      if (progress === Progress.TooLong || progress === Progress.Malformed) {
        this.next = Next.Close;
      }
    } else if (batch.request.problem !== undefined) {
      this.#answerBatch(batch, reply);
      body.allow(LONGEST_UNREAD);
    } else if (progress === Progress.Whole) this.#answerBatch(batch, reply);
    else if (progress === Progress.TooLong) this.#refuseLength(reply);
    else if (progress === Progress.Malformed) this.#end(BAD_CHUNKS, reply);
    return used;
  }

  #answerBatch(batch: BatchGet, reply: Reply): void {
    const rest = batch.answer(this.#responder, reply);
    if (rest === undefined) return this.#letGo();
    this.#batch = undefined;
    this.#beginLong(rest);
  }

  /** Counts how much memory the keys of a batch take, if there is as much. */
  #count(size: number): boolean {
    const memory = this.#link?.memory;
    if (memory === undefined || size === this.#counted) return true;
    if (!memory.take(size - this.#counted)) return false;
    this.#counted = size;
    return true;
  }

  /** Forgets a batch. */
  #letGo(): void {
    this.#batch = undefined;
    this.#keys?.free();
    this.#keys = undefined;
    this.#link?.memory.give(this.#counted);
    this.#counted = 0;
  }

  #beginLong(answer: LongAnswer): void {
    this.#answer = answer;
    answer.data.hold();
    this.next = Next.Resume;
  }

  /** One more turn for a long answer. */
  #goOn(answer: LongAnswer, reply: Reply): void {
    const mark = reply.length;
    try {
      if (!answer.give(reply)) {
        this.next = Next.Resume;
        return;
      }
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      this.#site.context.onDamage(error);
      // What has been given cannot be taken back; that more is missing is seen.
      reply.length = mark;
      this.next = Next.Close;
    }
    answer.data.release();
    this.#answer = undefined;
    this.#letGo();
  }

  /** The request has ended, and has been answered. */
  #finish(): void {
    this.#taken = false;
    this.#awaits(Wait.Request);
    if (!this.#responder.persistent) this.next = Next.Close;
  }

  #refuseLength(reply: Reply): void {
    this.#end(TOO_LONG, reply);
    this.#linger();
  }

  /** Tells of a problem, and closes. */
  #end(problem: Problem, reply: Reply): void {
    this.#letGo();
    this.#responder.persistent = false;
    this.#responder.problem(reply, problem);
    this.next = Next.Close;
  }

  /** Passes over what comes until the client has read that this is the end. */
  #linger(): void {
    this.#awaits(Wait.End);
    this.next = Next.Read;
  }
}

const BAD_TARGET: Problem = {
  status: 400,
  detail: "the target of a request is a path, or a URL with one",
};

const BAD_HOST: Problem = {
  status: 400,
  detail: "send the header field Host once, with a name or an address",
};

const FOREIGN_HOST: Problem = {
  status: 421,
  detail:
    "this server does not go by that name: ask for its address or localhost, or start it with -http-host NAME",
};

const LATE_HEAD: Problem = {
  status: 408,
  detail: "the head of the request has taken too long",
};

const LATE_BODY: Problem = {
  status: 408,
  detail: "the body of the request has taken too long",
};

const NO_MEMORY: Problem = {
  status: 503,
  detail: "there is no memory for this request now: try again",
  fields: "retry-after: 5\r\n",
};

const BAD_CHUNKS: Problem = {
  status: 400,
  detail: "the body is not as Transfer-Encoding: chunked has it",
};

const TOO_LONG: Problem = {
  status: 413,
  detail: `send ${LARGEST_BATCH} bytes and ${MOST_KEYS} keys at most`,
};
