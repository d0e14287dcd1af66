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
import { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import { array, bulk, failure } from "./encode.ts";
import { matches } from "./glob.ts";
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
import { wholeNumber } from "./strings.ts";
import { RECORDS_A_TURN } from "./walk.ts";

const INVALID_CURSOR = "ERR invalid cursor";
const SYNTAX_ERROR = "ERR syntax error";
const NOT_A_NUMBER = "ERR value is not an integer or out of range";

/** How many iterators wait in a thread, for each data set. */
const WAITING = 64;

/** How many records are looked at in a call, if nothing is said. */
const COUNT = 10;

/** What is gone through: keys, or fields; `undefined` is one of no interest. */
type Items = Iterator<Uint8Array | Entry | undefined>;

/** An iterator that has passed so many items. */
interface Waiting {
  /** The namespace whose fields it gives; without one, it gives keys. */
  readonly namespace: Uint8Array | undefined;
  readonly position: number;
  readonly items: Items;
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
  readonly pattern: Uint8Array | undefined;
  readonly type: string | undefined;
}

const scan: Run = (session, request, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  const cursor = readCursor(request, 1);
  if (cursor === undefined) return failure(reply, INVALID_CURSOR);
  const options = readOptions(request, 2, cursor, true);
  if (typeof options === "string") return failure(reply, options);
  return session.inTurns(data, scanKeys(data, options, reply));
};

const hscan: Run = (session, request, reply) => {
  if (session.data(reply) === undefined) return;
  const cursor = readCursor(request, 2);
  if (cursor === undefined) return failure(reply, INVALID_CURSOR);
  const data = hashData(session, request, reply);
  if (data === undefined) return;
  if (!hasNamespaces(data)) return empty(reply);
  const options = readOptions(request, 3, cursor, false);
  const name = request.copy(1);
  return session.inTurns(data, scanFields(data, name, options, reply));
};

/** The keys are strings, or with namespaces the hashes that these are. */
function* scanKeys(data: DataSet, options: Options, reply: Reply): Turns {
  const kind = hasNamespaces(data) ? "hash" : "string";
  const waiting = take(data, undefined, options.cursor);
  let { items } = waiting ?? {};
  if (items === undefined) {
    const [keys, next] = yield* allKeys(data, reply);
    items = keys[Symbol.iterator]();
    reply = next;
  }
  const wanted = options.type === undefined || options.type === kind;
  const position = waiting?.position ?? 0;
  yield* step(data, undefined, items, position, options, reply, wanted);
}

function* scanFields(
  data: NamespacedData,
  name: Uint8Array,
  options: Options | string,
  reply: Reply,
): Turns {
  const [isThere, next] = yield* hasNamespace(data, name, reply);
  // Of a hash that is not there, Redis looks no further.
  if (!isThere) return empty(next);
  if (typeof options === "string") return failure(next, options);
  const waiting = take(data, name, options.cursor);
  const items = waiting?.items ?? fieldsOf(data.snapshot, name);
  const position = waiting?.position ?? 0;
  yield* step(data, name, items, position, options, next, true);
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
  if (waiting.length === WAITING) waiting.shift();
  waiting.push(one);
}

/** Goes on from a cursor, and answers with the next one and what was found. */
function* step(
  data: DataSet,
  namespace: Uint8Array | undefined,
  items: Items,
  position: number,
  options: Options,
  reply: Reply,
  wanted: boolean,
): Turns {
  const { cursor, count } = options;
  const found = new Reply();
  let given = 0;
  let isEnd = false;
  for (let turn = 1; position < cursor + count && !found.full; turn++) {
    if (turn % RECORDS_A_TURN === 0) reply = yield;
    const { done, value: item } = items.next();
    if (done) {
      isEnd = true;
      break;
    }
    if (item === undefined) continue;
    if (position++ >= cursor && wanted) given += give(item, options, found);
  }
  if (isEnd) position = 0;
  else keep(data, { namespace, position, items });
  array(reply, 2);
  const next = fromLatin1(String(position));
  bulk(reply, next, 0, next.length);
  array(reply, given);
  reply.copy(found.bytes, 0, found.length);
}

/** Adds a key, or a field and its value, if it fits; returns how many. */
function give(
  item: Uint8Array | Entry,
  { pattern }: Options,
  found: Reply,
): number {
  const isField = !(item instanceof Uint8Array);
  const key = isField ? item.key : item;
  if (pattern !== undefined && !matches(pattern, key)) return 0;
  bulk(found, key, 0, key.length);
  if (!isField) return 1;
  bulk(found, item.value, 0, item.value.length);
  return 2;
}

function empty(reply: Reply): void {
  reply.text("*2\r\n$1\r\n0\r\n*0\r\n");
}

/** A cursor as C's `strtoul` reads it. */
function readCursor(request: Request, n: number): number | undefined {
  const text = request.latin1(n);
  return /^\d{0,20}$/.test(text) ? Number(text) : undefined;
}

/** Reads `[MATCH pattern] [COUNT count] [TYPE type]`; a text is an error. */
function readOptions(
  request: Request,
  at: number,
  cursor: number,
  typed: boolean,
): Options | string {
  let count = COUNT;
  let pattern: Uint8Array | undefined, type: string | undefined;
  for (let n = at; n < request.count; n += 2) {
    const option = request.latin1(n).toLowerCase();
    if (n + 1 === request.count) return SYNTAX_ERROR;
    if (option === "count") {
      const number = wholeNumber(request, n + 1);
      if (number === undefined) return NOT_A_NUMBER;
      if (number < 1) return SYNTAX_ERROR;
      count = number;
    } else if (option === "match") pattern = request.copy(n + 1);
    else if (option === "type" && typed) {
      type = request.latin1(n + 1).toLowerCase();
    } else return SYNTAX_ERROR;
  }
  return { cursor, count, pattern, type };
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
