/**
 * One connection that speaks Redis' protocol: answers each request.
 *
 * @module
 */

import type { Login } from "../../access/login.ts";
import type { DataSet } from "../../handler/data_set.ts";
import { DataFileError } from "../../storage/storage.ts";
import { WRITES_REFUSED } from "../counters.ts";
import { ConnectionMemory } from "../memory_budget.ts";
import {
  type Link,
  Next,
  type Session,
  type SessionContext,
} from "../protocol.ts";
import type { Reply } from "../reply.ts";
import {
  type Command,
  hasArity,
  isTooLarge,
  type NameTable,
  OUT_OF_MEMORY,
  Refusal,
  type Turns,
  wrongArity,
} from "./command.ts";
import { COMMANDS } from "./commands.ts";
import { failure, type RespVersion } from "./encode.ts";
import type { Peers } from "./peers.ts";
import { Read, RequestReader } from "./reader.ts";
import type { Request } from "./request.ts";
import { SelectedDatabase } from "./selected_database.ts";
import { isWebRequest, unknownCommand } from "./unknown.ts";
import { Values } from "./values.ts";
import { holding } from "./walk.ts";
import { WRITES } from "./writes.ts";

const LOADING = "LOADING Redis is loading the dataset in memory";
const READ_ONLY = "READONLY You can't write against a read only replica.";

/** Larger requests, in bytes, are not answered behind others in a turn. */
const OWN_TURN = 16 * 1024;

/** What an answer in turns costs besides, in units of work. */
const TURNS_WORK = 1000;

/** A copy of an argument that is not longer is not counted, in bytes. */
const COPIED_UNCOUNTED = 4096;

/** One connection. */
export class RespSession implements Session {
  /** See {@linkcode Session.next}. */
  next: Next = Next.Read;
  /** Its number. */
  readonly id: number;
  /** What the client calls itself. */
  name = "";
  /** What the client's library says of itself. */
  library: [name: string, version: string] = ["", ""];
  /** The version of the protocol. */
  version: RespVersion = 2;
  /** When it began, in milliseconds since 1970. */
  readonly begun: number = Date.now();
  /** The last command. */
  last = "NULL";
  /** Whether it has given a password that is right, or none is needed. */
  known: boolean;
  /** Its database. */
  readonly database: SelectedDatabase;
  /** As whom it is known; without it, everybody may ask. */
  readonly login: Login | undefined;
  /** Its surroundings. */
  readonly context: SessionContext;
  /** Where it counts what it holds for the client. */
  readonly memory: ConnectionMemory;
  /** The other connections of its thread. */
  readonly peers: Peers;
  /** Answers with values. */
  readonly values: Values;
  /** The commands that are answered. */
  readonly commands: NameTable<Command> = COMMANDS;
  readonly #link: Link | undefined;
  readonly #reader: RequestReader;
  /** An answer that is given in turns, and what it reads. */
  #turns: Turns | undefined;
  #reading: DataSet | undefined;
  /** How much of the answer that is not complete has been given, in bytes. */
  #given = 0;
  /** Whether the answer waits for something other than its next turn. */
  #waits = false;
  /** How much has been counted for a copy of an argument, in bytes. */
  #copied = 0;

  /** Begins a conversation. */
  constructor(context: SessionContext, peers: Peers, link?: Link) {
    this.context = context;
    this.peers = peers;
    this.#link = link;
    this.memory = link?.memory ?? new ConnectionMemory();
    this.#reader = new RequestReader(this.memory);
    this.login = context.logins?.open(link);
    this.known = this.login === undefined;
    this.database = new SelectedDatabase(context);
    this.values = new Values(context.counters);
    this.id = peers.add(this);
  }

  /** What a paused answer is read from; see {@linkcode Session.held}. */
  get held(): DataSet | undefined {
    return this.values.held ?? this.#reading;
  }

  /** The data set to answer from; without one, says so. */
  data(reply: Reply): DataSet | undefined {
    const data = this.database.current?.handler.current;
    if (data === undefined) failure(reply, LOADING);
    return data;
  }

  /** Forgets everything that the client has set. */
  reset(): void {
    this.version = 2;
    this.name = "";
    this.database.reset();
    this.login?.end();
    this.known = this.login === undefined;
  }

  /** The turn that ends is followed by another when the session is woken. */
  wait(): void {
    this.#waits = true;
  }

  /** Closes when what has been answered is written. */
  end(): void {
    this.next = Next.Close;
  }

  /** Answers in turns, from a data set that stays readable meanwhile. */
  inTurns(data: DataSet, turns: Turns): Turns {
    this.#reading = data;
    return holding(data, turns);
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
    this.#waits = false;
    const reader = this.#reader;
    let at = start;
    while (at < end && this.next === Next.Read) {
      if (reply.full) {
        this.next = Next.Resume;
        break;
      }
      const before = reply.work;
      const read = reader.read(received, at, end, this.known);
      reply.work += reader.work;
      switch (read) {
        case Read.Request:
          // A large one has a turn of its own.
          if (reader.used > OWN_TURN && before > 0) {
            this.next = Next.Resume;
            break;
          }
          // What is not answered whole is given again in the next turn.
          if (!this.#answer(reader.request, reply)) {
            this.next = this.#waits ? Next.Wait : Next.Resume;
            break;
          }
          reader.next();
          at += reader.used;
          break;
        case Read.Passed:
          at += reader.used;
          break;
        case Read.Turn:
          this.next = Next.Resume;
          break;
        case Read.NoMemory:
          at += this.refuseForMemory(received, at, end, reply);
          break;
        case Read.Part:
          return at - start;
        case Read.Bad:
          failure(reply, `ERR Protocol error: ${reader.error}`);
          this.next = Next.Close;
          at = end;
      }
    }
    return at - start;
  }

  /** Says so, and passes over the rest; see {@linkcode Session.refuseForMemory}. */
  refuseForMemory(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    const isPaused = this.#turns !== undefined || this.values.paused;
    // In the middle of an answer the words would be taken for a part of it.
    if (!isPaused) failure(reply, OUT_OF_MEMORY);
    const used = isPaused || !this.known
      ? -1
      : this.#reader.refuse(received, start, end);
    this.next = used < 0 ? Next.Close : Next.Read;
    return used < 0 ? end - start : used;
  }

  /** Lets go of paused answers. */
  close(): void {
    this.values.close();
    this.#turns?.return();
    this.#turns = this.#reading = undefined;
    this.login?.end();
    this.#reader.close();
    this.#dropCopy();
    this.peers.delete(this);
  }

  /** Answers a request, or goes on with it; false if that is not all yet. */
  #answer(request: Request, reply: Reply): boolean {
    if (this.#turns !== undefined) return this.#turn(this.#turns, reply);
    if (request.count === 0) return true;
    const { bytes } = request;
    const start = request.start(0), end = request.end(0);
    const command = COMMANDS.find(bytes, start, end);
    const write = command ?? WRITES.find(bytes, start, end);
    if (write === undefined) {
      if (isWebRequest(request)) this.#abort();
      else unknownCommand(request, reply);
    } else if (!hasArity(request, write.arity)) {
      wrongArity(reply, write.name);
    } else if (!this.known && !command?.flags.includes("no_auth")) {
      failure(reply, "NOAUTH Authentication required.");
    } else if (command === undefined) {
      this.context.counters[WRITES_REFUSED]++;
      failure(reply, READ_ONLY);
    } else if (!isTooLarge(request, command, reply)) {
      if (this.#takeCopy(request)) return this.#run(command, request, reply);
      failure(reply, OUT_OF_MEMORY);
    }
    return true;
  }

  /**
   * Counts a copy of the longest argument, which an answer may need; false if
   * there is no memory for it.
   */
  #takeCopy({ longest }: Request): boolean {
    if (longest <= COPIED_UNCOUNTED) return true;
    // An answer that is not complete has counted it before.
    if (this.#copied > 0) return true;
    if (!this.memory.take(longest)) return false;
    this.#copied = longest;
    return true;
  }

  /** The answer is complete. */
  #dropCopy(): void {
    this.memory.give(this.#copied);
    this.#copied = 0;
  }

  /** Closes without an answer, as Redis does: it is a browser that asks. */
  #abort(): void {
    this.context.onWebRequest?.(this.#link?.address ?? "");
    this.end();
  }

  /** Runs a command; false if its answer is not complete yet. */
  #run(command: Command, request: Request, reply: Reply): boolean {
    const mark = reply.length;
    try {
      this.last = command.name;
      const turns = command.run(this, request, reply);
      if (turns !== undefined) return this.#turn(this.#turns = turns, reply);
      if (this.values.paused) {
        this.#given += reply.length - mark;
        return false;
      }
    } catch (error) {
      this.#fail(error, mark, reply);
    }
    this.#given = 0;
    if (this.#copied > 0) this.#dropCopy();
    return true;
  }

  /** Goes on with an answer that is given in turns; false: with more to come. */
  #turn(turns: Turns, reply: Reply): boolean {
    const mark = reply.length;
    reply.work += TURNS_WORK;
    try {
      if (!turns.next(reply).done) {
        this.#given += reply.length - mark;
        return false;
      }
    } catch (error) {
      this.#fail(error, mark, reply);
    }
    this.#turns = this.#reading = undefined;
    this.#given = 0;
    if (this.#copied > 0) this.#dropCopy();
    return true;
  }

  /** There is no answer: the data file is damaged, or has none to give. */
  #fail(error: unknown, mark: number, reply: Reply): void {
    this.values.close();
    reply.length = mark;
    if (error instanceof Refusal) return failure(reply, error.message);
    if (!(error instanceof DataFileError)) throw error;
    this.context.onDamage(error);
    // What has been given cannot be taken back; that more is missing is seen.
    if (this.#given > 0) this.next = Next.Close;
    else failure(reply, "ERR the data file is damaged at this key");
  }
}
