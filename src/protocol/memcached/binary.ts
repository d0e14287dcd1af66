/**
 * memcached's binary protocol, for reads. The packets are told in
 * `binary_layout.ts`, the commands in `binary_commands.ts`.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { DataFileError, Value } from "../../storage/storage.ts";
import { GETS, HITS, MISSES, WRITES_REFUSED } from "../counters.ts";
import { Next, type Session, type SessionContext } from "../protocol.ts";
import { LongValue } from "../long_value.ts";
import type { Reply } from "../reply.ts";
import { REQUEST_WORK, TEXT_BYTE_WORK } from "../work.ts";
import { Action, type Command, COMMANDS } from "./binary_commands.ts";
import {
  addHeader,
  addStatus,
  BODY_LENGTH_AT,
  EXTRAS_LENGTH_AT,
  HEADER_LENGTH,
  KEY_LENGTH_AT,
  OPCODE_AT,
  REQUEST,
  Status,
  uint16At,
  uint32At,
} from "./binary_layout.ts";
import { binaryStats } from "./binary_stats.ts";
import { KEY_LIMIT, READ_BUFFER } from "./line.ts";

/** The flags of a value, before it. */
const FLAGS_LENGTH = 4;

/** One connection that speaks binary. */
export class BinarySession implements Session {
  /** See {@linkcode Session.next}. */
  next: Next = Next.Read;
  readonly #context: SessionContext;
  readonly #value = new Value();
  readonly #long = new LongValue();
  /** How much of a request's value is to be dropped. */
  #dropped = 0;
  /** The version of a data set, as a CAS value. */
  readonly #cas = new Uint8Array(8);
  #casOf: DataSet | undefined;

  /** Begins a conversation. */
  constructor(context: SessionContext) {
    this.#context = context;
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
      if (this.#dropped > 0) {
        const dropped = Math.min(this.#dropped, end - at);
        this.#dropped -= dropped;
        at += dropped;
        continue;
      }
      if (end - at < HEADER_LENGTH) break;
      if (received[at] !== REQUEST) {
        this.next = Next.Close;
        break;
      }
      const keyLength = uint16At(received, at + KEY_LENGTH_AT);
      const extrasLength = received[at + EXTRAS_LENGTH_AT];
      const length = HEADER_LENGTH + extrasLength + keyLength;
      if (length > READ_BUFFER) {
        this.next = Next.Close;
        break;
      }
      if (end - at < length) break;
      if (!this.#request(received, at, extrasLength, keyLength, reply)) {
        this.next = Next.Resume;
        break;
      }
      at += length;
    }
    return at - start;
  }

  /** Says so, and closes; see {@linkcode Session.refuseForMemory}. */
  refuseForMemory(
    received: Uint8Array,
    start: number,
    end: number,
    reply: Reply,
  ): number {
    // In the middle of a value a packet would be taken for a part of it.
    if (!this.#long.paused && end - start >= HEADER_LENGTH) {
      addStatus(reply, received, start, Status.OutOfMemory);
    }
    this.next = Next.Close;
    return end - start;
  }

  /** What a paused answer is read from; see {@linkcode Session.held}. */
  get held(): DataSet | undefined {
    return this.#long.held;
  }

  /** Lets go of a paused answer. */
  close(): void {
    this.#long.close();
  }

  /** Answers the request at `at`; false if only a part of it so far. */
  #request(
    bytes: Uint8Array,
    at: number,
    extrasLength: number,
    keyLength: number,
    reply: Reply,
  ): boolean {
    const valueLength = uint32At(bytes, at + BODY_LENGTH_AT) - extrasLength -
      keyLength;
    if (valueLength < 0) {
      return this.#giveUp(bytes, at, Status.UnknownCommand, reply);
    }
    const command = COMMANDS.get(bytes[at + OPCODE_AT]);
    if (
      keyLength > KEY_LIMIT || command !== undefined &&
        !isWellFormed(command, extrasLength, keyLength, valueLength)
    ) return this.#giveUp(bytes, at, Status.InvalidArguments, reply);
    this.#dropped = valueLength;
    reply.work += REQUEST_WORK;
    const key = at + HEADER_LENGTH + extrasLength;
    switch (command?.action) {
      case Action.Get:
      case Action.GetWithKey:
        return this.#get(bytes, at, key, key + keyLength, command, reply);
      case Action.Succeed:
        addStatus(reply, bytes, at, Status.Success);
        break;
      case Action.Version: {
        const { version } = this.#context.status;
        addHeader(reply, bytes, at, Status.Success, 0, 0, version.length);
        reply.text(version);
        break;
      }
      case Action.Stat: {
        const mark = reply.length;
        binaryStats(bytes, at, key, key + keyLength, this.#context, reply);
        reply.work += TEXT_BYTE_WORK * (reply.length - mark);
        break;
      }
      case Action.Quit:
        if (!command?.quiet) addStatus(reply, bytes, at, Status.Success);
        this.next = Next.Close;
        break;
      case Action.Refuse:
        this.#context.counters[WRITES_REFUSED]++;
        addStatus(reply, bytes, at, Status.NotStored);
        break;
      default:
        addStatus(reply, bytes, at, Status.UnknownCommand);
    }
    return true;
  }

  /** The packets are out of step: says why, and closes. */
  #giveUp(
    bytes: Uint8Array,
    at: number,
    status: Status,
    reply: Reply,
  ): true {
    addStatus(reply, bytes, at, status);
    this.next = Next.Close;
    return true;
  }

  #get(
    bytes: Uint8Array,
    at: number,
    key: number,
    keyEnd: number,
    command: Command,
    reply: Reply,
  ): boolean {
    const { counters, handler } = this.#context;
    if (this.#long.paused) return this.#long.goOn(reply);
    const mark = reply.length;
    const value = this.#value;
    const keyLength = command.action === Action.GetWithKey ? keyEnd - key : 0;
    try {
      const data = handler.current;
      if (data !== undefined) reply.work += data.cost.find + keyEnd - key;
      if (
        data === undefined || !data.snapshot.find(bytes, key, keyEnd, value)
      ) {
        counters[GETS]++;
        counters[MISSES]++;
        if (command.quiet) return true;
        if (keyLength === 0) addStatus(reply, bytes, at, Status.NotFound);
        else {
          addHeader(reply, bytes, at, Status.NotFound, 0, keyLength, keyLength);
          reply.copy(bytes, key, keyEnd);
        }
        return true;
      }
      counters[GETS]++;
      counters[HITS]++;
      addHeader(
        reply,
        bytes,
        at,
        Status.Success,
        FLAGS_LENGTH,
        keyLength,
        FLAGS_LENGTH + keyLength + value.end - value.start,
        this.#casValue(data),
      );
      addFlags(reply, value.flags);
      if (keyLength > 0) reply.copy(bytes, key, keyEnd);
      return this.#long.give(value, data, reply);
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      this.#context.onDamage(error);
      reply.length = mark;
      addStatus(reply, bytes, at, Status.InternalError);
      return true;
    }
  }

  #casValue(data: DataSet): Uint8Array {
    if (this.#casOf !== data) {
      const version = BigInt(String.fromCharCode(...data.version));
      new DataView(this.#cas.buffer).setBigUint64(0, version);
      this.#casOf = data;
    }
    return this.#cas;
  }
}

function isWellFormed(
  command: Command,
  extrasLength: number,
  keyLength: number,
  valueLength: number,
): boolean {
  return command.extras.includes(extrasLength) &&
    (command.key === undefined || command.key === keyLength > 0) &&
    (valueLength === 0 || command.value === true);
}

function addFlags(reply: Reply, flags: number): void {
  reply.reserve(FLAGS_LENGTH);
  for (let shift = 24; shift >= 0; shift -= 8) {
    reply.bytes[reply.length++] = flags >> shift;
  }
}
