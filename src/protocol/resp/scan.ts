/**
 * `SCAN` and `HSCAN`: all keys or fields, some at a time.
 *
 * A cursor is the number of records that have been passed. The iterator that is
 * there already waits in memory, so that the next call goes on with it; one that
 * waits no more, or was in another thread, or read a data set that has been
 * replaced, is made again, and passes over what it must.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { type Entry, isNamespaced } from "../../storage/storage.ts";
import { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import { array, bulk, failure } from "./encode.ts";
import { matches } from "./glob.ts";
import { hashData } from "./hashes.ts";
import type { Request } from "./request.ts";
import { wholeNumber } from "./strings.ts";
import {
  countNamespaces,
  equal,
  fromLatin1,
  latin1,
  RECORDS_A_TURN,
} from "./walk.ts";

const INVALID_CURSOR = "ERR invalid cursor";
const SYNTAX_ERROR = "ERR syntax error";
const NOT_A_NUMBER = "ERR value is not an integer or out of range";

/** How many iterators wait in a thread. */
const WAITING = 64;

/** How many records are looked at in a call, if nothing is said. */
const COUNT = 10;

/** An iterator that has passed so many records. */
interface Waiting {
  readonly data: DataSet;
  /** What it goes through: keys, or the records of a namespace. */
  readonly what: "keys" | "fields";
  readonly position: number;
  readonly entries: Iterator<Entry>;
}

/** The iterators of this thread, those that have waited longest first. */
let waiting: Waiting[] = [];

/** What a call asks for. */
interface Options {
  readonly cursor: number;
  readonly count: number;
  readonly pattern: Uint8Array | undefined;
  readonly type: string | undefined;
}

const scan: Run = (session, request, reply) => {
  const cursor = readCursor(request, 1);
  if (cursor === undefined) return failure(reply, INVALID_CURSOR);
  const options = readOptions(request, 2, cursor, true);
  if (typeof options === "string") return failure(reply, options);
  const data = session.data(reply);
  if (data === undefined) return;
  return session.inTurns(data, scanKeys(data, options, reply));
};

const hscan: Run = (session, request, reply) => {
  const cursor = readCursor(request, 2);
  if (cursor === undefined) return failure(reply, INVALID_CURSOR);
  const data = hashData(session, request, reply);
  if (data === undefined) return;
  if (!isNamespaced(data.snapshot)) return empty(reply);
  const options = readOptions(request, 3, cursor, false);
  const name = request.copy(1);
  return session.inTurns(data, scanFields(data, name, options, reply));
};

/** The keys are strings, or with namespaces the hashes that these are. */
function* scanKeys(data: DataSet, options: Options, reply: Reply): Turns {
  const namespaced = isNamespaced(data.snapshot);
  let entries: () => Iterator<Entry> = () =>
    data.snapshot.entries()[Symbol.iterator]();
  if (namespaced) {
    const [namespaces, next] = yield* countNamespaces(data, reply);
    reply = next;
    entries = () => namesOf(namespaces);
  }
  const { type } = options;
  const wanted = type === undefined ||
    type === (namespaced ? "hash" : "string");
  yield* step(data, "keys", entries, options, reply, ({ key }, found) => {
    if (!wanted || !fits(options, key)) return 0;
    bulk(found, key, 0, key.length);
    return 1;
  });
}

function* scanFields(
  data: DataSet,
  name: Uint8Array,
  options: Options | string,
  reply: Reply,
): Turns {
  const [namespaces, next] = yield* countNamespaces(data, reply);
  // Of a hash that is not there, Redis looks no further.
  if (!namespaces.has(latin1(name))) return empty(next);
  if (typeof options === "string") return failure(next, options);
  const entries = () => data.snapshot.entries()[Symbol.iterator]();
  yield* step(
    data,
    "fields",
    entries,
    options,
    next,
    ({ namespace, key, value }, found) => {
      if (namespace === undefined || !equal(namespace, name)) return 0;
      if (!fits(options, key)) return 0;
      bulk(found, key, 0, key.length);
      bulk(found, value, 0, value.length);
      return 2;
    },
  );
}

/** Goes on from a cursor, and answers with the next one and what was found. */
function* step(
  data: DataSet,
  what: Waiting["what"],
  begin: () => Iterator<Entry>,
  { cursor, count }: Options,
  reply: Reply,
  find: (entry: Entry, found: Reply) => number,
): Turns {
  const known = waiting.findIndex((one) =>
    one.data === data && one.what === what && one.position === cursor
  );
  const [taken] = known < 0 ? [] : waiting.splice(known, 1);
  const entries = taken?.entries ?? begin();
  let position = taken?.position ?? 0;
  const found = new Reply();
  let items = 0;
  for (let turn = 0; position < cursor + count; position++) {
    const { done, value: entry } = entries.next();
    if (done) {
      position = 0;
      break;
    }
    if (position >= cursor) items += find(entry, found);
    if (found.full) {
      position++;
      break;
    }
    if (++turn === RECORDS_A_TURN) {
      reply = yield;
      turn = 0;
    }
  }
  if (position > 0) {
    // What has been replaced is not read any more, and must not be kept.
    waiting = waiting.filter(({ data }) => data.retiredAt === 0);
    if (waiting.length === WAITING) waiting.shift();
    waiting.push({ data, what, position, entries });
  }
  array(reply, 2);
  const next = fromLatin1(String(position));
  bulk(reply, next, 0, next.length);
  array(reply, items);
  reply.copy(found.bytes, 0, found.length);
}

function* namesOf(namespaces: ReadonlyMap<string, number>): Generator<Entry> {
  for (const name of namespaces.keys()) {
    const key = fromLatin1(name);
    yield { key, value: key };
  }
}

function fits({ pattern }: Options, key: Uint8Array): boolean {
  return pattern === undefined || matches(pattern, key);
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
    summary: "Returns some of the keys, and where to go on.",
    run: scan,
  },
  {
    name: "hscan",
    arity: -3,
    flags: ["readonly"],
    keys: [1, 1, 1],
    group: "hash",
    summary: "Returns some of the fields of a hash, and where to go on.",
    run: hscan,
  },
];
