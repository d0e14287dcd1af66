/**
 * `SCAN` and `HSCAN`: all keys or fields, some at a time.
 *
 * A cursor is the number of keys or fields that have been passed. The iterator that is
 * there already waits in memory, so that the next call goes on with it; one that
 * waits no more, or was in another thread, or read a data set that has been
 * replaced, is made again, and passes over what it must.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Entry } from "../../storage/storage.ts";
import type { ConnectionMemory } from "../memory_budget.ts";
import { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import { array, bulk, failure } from "./encode.ts";
import { MATCH_WORK, type Pattern, readPattern } from "./glob.ts";
import { hashData } from "./hashes.ts";
import { allKeys } from "./keyspace.ts";
import { equal, fromLatin1 } from "./names.ts";
import {
  fieldsOf,
  hasNamespace,
  hasNamespaces,
  type NamespacedData,
} from "./namespaces.ts";
import type { Request } from "./request.ts";
import type { RespSession } from "./session.ts";
import { wholeNumber } from "./strings.ts";
import { longBulk, type Reading } from "./walk.ts";

const INVALID_CURSOR = "ERR invalid cursor";
const SYNTAX_ERROR = "ERR syntax error";
const NOT_A_NUMBER = "ERR value is not an integer or out of range";

/** How many iterators wait in a thread, for each data set. */
const WAITING = 64;

/** How many records are looked at in a call, if nothing is said. */
const COUNT = 10;

/** What a call costs, a key that is given, and an option, in units of work. */
const CALL_WORK = 4000, FOUND_WORK = 100, OPTION_WORK = 300;

const NUL = 0x00, PLUS = 0x2b, MINUS = 0x2d, ZERO = 0x30, NINE = 0x39;

/** What is gone through: keys, or fields; `undefined` is one of no interest. */
type Item = Uint8Array | Entry | undefined;

/** An iterator that has passed so many items. */
interface Waiting {
  /** The namespace whose fields it gives; without one, it gives keys. */
  readonly namespace: Uint8Array | undefined;
  readonly position: number;
  readonly items: Iterator<Item>;
  /** What each item costs, in units of work. */
  readonly work: number;
}

/**
 * The iterators of this thread, those that have waited longest first. They go
 * with their data set: what has been replaced is neither read nor kept.
 */
const waitingFor = new WeakMap<DataSet, Waiting[]>();

/** What a call asks for. */
interface Options {
  readonly cursor: number;
  readonly count: number;
  readonly pattern: Pattern | undefined;
  readonly type: string | undefined;
}

const scan: Run = (session, request, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  const cursor = readCursor(request, 1, reply);
  if (cursor === undefined) return failure(reply, INVALID_CURSOR);
  return session.inTurns(data, scanKeys(session, data, request, cursor, reply));
};

const hscan: Run = (session, request, reply) => {
  if (session.data(reply) === undefined) return;
  const cursor = readCursor(request, 2, reply);
  if (cursor === undefined) return failure(reply, INVALID_CURSOR);
  const data = hashData(session, request, reply);
  if (data === undefined) return;
  if (!hasNamespaces(data)) return empty(reply);
  return session.inTurns(
    data,
    scanFields(session, data, request, cursor, reply),
  );
};

/** The keys are strings, or with namespaces the hashes that these are. */
function* scanKeys(
  { memory }: RespSession,
  data: DataSet,
  request: Request,
  cursor: number,
  reply: Reply,
): Turns {
  const [options, then] = yield* readOptions(request, 2, cursor, true, reply);
  reply = then;
  if (options === undefined) return;
  const kind = hasNamespaces(data) ? "hash" : "string";
  let waiting = take(data, undefined, cursor);
  if (waiting === undefined) {
    const [{ items, work }, next] = yield* allKeys(data, reply);
    waiting = begin(undefined, items, work);
    reply = next;
  }
  const wanted = options.type === undefined || options.type === kind;
  yield* step(data, waiting, options, wanted, reply, memory);
}

function* scanFields(
  { memory }: RespSession,
  data: NamespacedData,
  request: Request,
  cursor: number,
  reply: Reply,
): Turns {
  const name = request.copy(1);
  const [isThere, next] = yield* hasNamespace(data, name, reply);
  // Of a hash that is not there, Redis looks no further.
  if (!isThere) return empty(next);
  const [options, then] = yield* readOptions(request, 3, cursor, false, next);
  if (options === undefined) return;
  let waiting = take(data, name, cursor);
  if (waiting === undefined) {
    then.work += data.cost.first;
    const { items, work } = fieldsOf(data, name);
    waiting = begin(name, items, work);
  }
  yield* step(data, waiting, options, true, then, memory);
}

function begin(
  namespace: Uint8Array | undefined,
  items: Iterable<Item>,
  work: number,
): Waiting {
  return { namespace, position: 0, items: items[Symbol.iterator](), work };
}

/** The iterator that waits at a cursor, if there still is one. */
function take(
  data: DataSet,
  namespace: Uint8Array | undefined,
  cursor: number,
): Waiting | undefined {
  const waiting = waitingFor.get(data) ?? [];
  const index = waiting.findIndex((one) =>
    one.position === cursor &&
    (one.namespace === undefined || namespace === undefined
      ? one.namespace === namespace
      : equal(one.namespace, namespace))
  );
  return index < 0 ? undefined : waiting.splice(index, 1)[0];
}

/** Has an iterator wait for the next call. */
function keep(data: DataSet, one: Waiting): void {
  let waiting = waitingFor.get(data);
  if (waiting === undefined) waitingFor.set(data, waiting = []);
  if (waiting.length === WAITING) waiting.shift()?.items.return?.();
  waiting.push(one);
}

/** Goes on from a cursor, and answers with the next one and what was found. */
function* step(
  data: DataSet,
  { namespace, position, items, work }: Waiting,
  { cursor, count, pattern }: Options,
  wanted: boolean,
  reply: Reply,
  memory: ConnectionMemory,
): Turns {
  const found = new Reply(memory);
  found.limit = reply.limit;
  reply.work += CALL_WORK;
  let given = 0;
  let long: Entry | undefined;
  let isEnd = false, isKept = false;
  try {
    while (position < cursor + count && !found.full && long === undefined) {
      if (reply.full) reply = yield;
      reply.work += work;
      const { done, value: item } = items.next();
      if (done) {
        isEnd = true;
        break;
      }
      if (item === undefined) continue;
      if (position++ < cursor || !wanted) continue;
      const isField = !(item instanceof Uint8Array);
      const key = isField ? item.key : item;
      let isMatch = pattern === undefined || pattern.begin(key);
      while (isMatch === undefined) {
        reply.work += MATCH_WORK;
        if (reply.full) reply = yield;
        isMatch = pattern!.match();
      }
      if (!isMatch) continue;
      reply.work += FOUND_WORK;
      bulk(found, key, 0, key.length);
      given++;
      if (!isField) continue;
      given++;
      if (item.value.length > reply.limit) long = item;
      else bulk(found, item.value, 0, item.value.length);
    }
    array(reply, 2);
    const next = fromLatin1(isEnd ? "0" : String(position));
    bulk(reply, next, 0, next.length);
    array(reply, given);
    reply.copy(found.bytes, 0, found.length);
    if (long !== undefined) {
      yield* longBulk(reply, long.value, 0, long.value.length);
    }
    // Not before: what is given is valid until the iterator goes on.
    if (!isEnd) keep(data, { namespace, position, items, work });
    isKept = true;
  } finally {
    found.free();
    if (!isKept) items.return?.();
  }
}

function empty(reply: Reply): void {
  reply.text("*2\r\n$1\r\n0\r\n*0\r\n");
}

/**
 * A cursor as C's `strtoul` reads it, up to a NUL: with a sign, which makes it
 * wrap around, and any number of zeros.
 */
function readCursor(
  request: Request,
  n: number,
  reply: Reply,
): number | undefined {
  const { bytes } = request;
  const end = request.end(n);
  reply.work += end - request.start(n);
  let at = request.start(n);
  if (at === end || bytes[at] === NUL) return 0;
  const isNegative = bytes[at] === MINUS;
  if (isNegative || bytes[at] === PLUS) at++;
  const first = at;
  while (at < end && bytes[at] === ZERO) at++;
  let cursor = 0n;
  for (; at < end && bytes[at] >= ZERO && bytes[at] <= NINE; at++) {
    cursor = cursor * 10n + BigInt(bytes[at] - ZERO);
    if (cursor >= 2n ** 64n) return undefined;
  }
  if (at === first || at < end && bytes[at] !== NUL) return undefined;
  return Number(isNegative ? BigInt.asUintN(64, -cursor) : cursor);
}

/**
 * Reads `[MATCH pattern] [COUNT count] [TYPE type]`. What is wrong with them is
 * answered.
 */
function* readOptions(
  request: Request,
  at: number,
  cursor: number,
  typed: boolean,
  reply: Reply,
): Reading<Options | undefined> {
  let count = COUNT;
  let pattern: Pattern | undefined, type: string | undefined;
  for (let n = at; n < request.count; n += 2) {
    reply.work += OPTION_WORK;
    if (reply.full) reply = yield;
    const option = request.word(n);
    if (n + 1 === request.count) {
      failure(reply, SYNTAX_ERROR);
      return [undefined, reply];
    }
    if (option === "count") {
      const number = wholeNumber(request, n + 1);
      if (number === undefined || number < 1) {
        failure(reply, number === undefined ? NOT_A_NUMBER : SYNTAX_ERROR);
        return [undefined, reply];
      }
      count = number;
    } else if (option === "match") {
      pattern = readPattern(request, n + 1, reply);
      if (pattern === undefined) return [undefined, reply];
    } else if (option === "type" && typed) type = request.word(n + 1);
    else {
      failure(reply, SYNTAX_ERROR);
      return [undefined, reply];
    }
  }
  return [{ cursor, count, pattern, type }, reply];
}

/** The commands of this file. */
export const SCAN_COMMANDS: readonly Command[] = [
  {
    name: "scan",
    arity: -2,
    flags: ["readonly"],
    keys: [0, 0, 0],
    group: "generic",
    categories: ["keyspace", "read", "slow"],
    summary: "Returns some of the keys, and where to go on.",
    run: scan,
  },
  {
    name: "hscan",
    arity: -3,
    flags: ["readonly"],
    keys: [1, 1, 1],
    group: "hash",
    categories: ["read", "hash", "slow"],
    summary: "Returns some of the fields of a hash, and where to go on.",
    run: hscan,
  },
];
