/**
 * Commands that read one key, or several.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { Value } from "../../storage/storage.ts";
import { GETS, HITS, MISSES } from "../counters.ts";
import type { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import { bulk, failure, integer, nil, simple } from "./encode.ts";
import {
  hasNamespace,
  hasNamespaces,
  type NamespacedData,
} from "./namespaces.ts";
import type { Request } from "./request.ts";
import type { RespSession } from "./session.ts";
import { longBulk } from "./walk.ts";

/** What is said of a key of another type. */
export const WRONG_TYPE =
  "WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_A_NUMBER = "ERR value is not an integer or out of range";

/** `$-1\r\n` */
const LONGEST_NIL = 5;

/** Keys that are counted in one turn, whatever they cost. */
const FEW_KEYS = 16;

const value = new Value();

/** Looks the key of an argument up, and counts it. */
export function find(
  { context: { counters } }: RespSession,
  { snapshot, cost }: DataSet,
  request: Request,
  n: number,
  reply: Reply,
): boolean {
  counters[GETS]++;
  const { bytes } = request;
  const start = request.start(n), end = request.end(n);
  reply.work += cost.find + end - start;
  const found = snapshot.find(bytes, start, end, value);
  counters[found ? HITS : MISSES]++;
  return found;
}

/** Whether a key that is no string can be a namespace, and so a hash. */
export function mayBeHash(
  data: DataSet,
  request: Request,
  n: number,
): data is NamespacedData {
  if (!hasNamespaces(data)) return false;
  const { separator } = data.snapshot;
  const key = request.bytes.subarray(request.start(n), request.end(n));
  return separator === undefined || !key.includes(separator);
}

/** Answers about the key of the first argument, which is no string. */
function absentOrHash(
  session: RespSession,
  data: DataSet,
  request: Request,
  reply: Reply,
  then: (isHash: boolean, session: RespSession, reply: Reply) => void,
): void | Turns {
  if (!mayBeHash(data, request, 1)) return then(false, session, reply);
  return session.inTurns(
    data,
    ifHash(data, request.copy(1), reply, (isHash, reply) => {
      then(isHash, session, reply);
    }),
  );
}

function* ifHash(
  data: NamespacedData,
  key: Uint8Array,
  reply: Reply,
  then: (isHash: boolean, reply: Reply) => void,
): Turns {
  const [isHash, next] = yield* hasNamespace(data, key, reply);
  then(isHash, next);
}

/** Says that a key is a hash, or that there is nothing. */
const refuseHash =
  (absent: (session: RespSession, reply: Reply) => void) =>
  (isHash: boolean, session: RespSession, reply: Reply): void => {
    if (isHash) failure(reply, WRONG_TYPE);
    else absent(session, reply);
  };

const absentValue = refuseHash((session, reply) => nil(reply, session.version));
const absentLength = refuseHash((_, reply) => integer(reply, 0));
const absentRange = refuseHash((_, reply) => reply.text("$0\r\n\r\n"));

const get: Run = (session, request, reply) => {
  const { values, version } = session;
  const resumed = values.paused;
  const data = values.held ?? session.data(reply);
  if (data === undefined) return;
  const mark = reply.length;
  if (!values.answer(data, request, 1, 0, false, version, reply)) return;
  // No value is as short as its absence.
  const isMiss = !resumed && reply.length - mark <= LONGEST_NIL;
  if (!isMiss || !mayBeHash(data, request, 1)) return;
  reply.length = mark;
  return absentOrHash(session, data, request, reply, absentValue);
};

const mget: Run = (session, request, reply) => {
  const { values, version } = session;
  const data = values.held ?? session.data(reply);
  if (data === undefined) return;
  values.answer(data, request, 1, 0, true, version, reply);
};

const exists: Run = (session, request, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  if (request.count > FEW_KEYS || hasNamespaces(data)) {
    return session.inTurns(data, countKeys(session, data, request, reply));
  }
  let found = 0;
  for (let n = 1; n < request.count; n++) {
    if (find(session, data, request, n, reply)) found++;
  }
  integer(reply, found);
};

function* countKeys(
  session: RespSession,
  data: DataSet,
  request: Request,
  reply: Reply,
): Turns {
  let found = 0;
  for (let n = 1; n < request.count; n++) {
    if (reply.full) reply = yield;
    if (find(session, data, request, n, reply)) found++;
    else if (mayBeHash(data, request, n)) {
      const [isHash, next] = yield* hasNamespace(data, request.copy(n), reply);
      reply = next;
      if (isHash) found++;
    }
  }
  integer(reply, found);
}

/** Answers by what a key is. */
function onKind(
  answer: (kind: "string" | "hash" | "none", reply: Reply) => void,
): Run {
  return (session, request, reply) => {
    const data = session.data(reply);
    if (data === undefined) return;
    if (find(session, data, request, 1, reply)) return answer("string", reply);
    return absentOrHash(session, data, request, reply, (isHash, _, reply) => {
      answer(isHash ? "hash" : "none", reply);
    });
  };
}

/** Data do not expire. */
const timeToLive = onKind((kind, reply) =>
  integer(reply, kind === "none" ? -2 : -1)
);

const strlen: Run = (session, request, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  if (find(session, data, request, 1, reply)) {
    return integer(reply, value.end - value.start);
  }
  return absentOrHash(session, data, request, reply, absentLength);
};

/** A part of a value; negative offsets count from its end. */
const getrange: Run = (session, request, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  const first = wholeNumber(request, 2), last = wholeNumber(request, 3);
  if (first === undefined || last === undefined) {
    return failure(reply, NOT_A_NUMBER);
  }
  if (!find(session, data, request, 1, reply)) {
    return absentOrHash(session, data, request, reply, absentRange);
  }
  const length = value.end - value.start;
  const from = Math.max(0, first < 0 ? first + length : first);
  // Before the beginning is the first byte, as in Redis.
  const to = Math.min(length - 1, Math.max(0, last < 0 ? last + length : last));
  const isEmpty = from > to || first < 0 && last < 0 && first > last;
  const end = isEmpty ? from : to + 1;
  if (end - from <= reply.limit) {
    bulk(reply, value.bytes, value.start + from, value.start + end);
    return;
  }
  const { bytes, start } = value;
  return session.inTurns(
    data,
    longBulk(reply, bytes, start + from, start + end),
  );
};

/** An argument as a whole number of 64 bits, or as near as a number comes. */
export function wholeNumber(request: Request, n: number): number | undefined {
  const text = request.end(n) - request.start(n) <= 20 ? request.latin1(n) : "";
  if (!/^(0|-?[1-9]\d*)$/.test(text)) return undefined;
  const number = BigInt(text);
  return BigInt.asIntN(64, number) === number ? Number(number) : undefined;
}

const read = (
  name: string,
  arity: number,
  last: number,
  categories: readonly string[],
  summary: string,
  run: Run,
): Command => ({
  name,
  arity,
  flags: categories.includes("fast") ? ["readonly", "fast"] : ["readonly"],
  categories,
  keys: [1, last, 1],
  group: categories.includes("string") ? "string" : "generic",
  summary,
  run,
});

const STRING = ["read", "string", "fast"];
const RANGE = ["read", "string", "slow"];
const KEYSPACE = ["keyspace", "read", "fast"];
const NO_EXPIRY = "Returns -1: keys do not expire.";

/** The commands of this file. */
export const STRING_COMMANDS: readonly Command[] = [
  read("get", 2, 1, STRING, "Returns the value of a key.", get),
  read("mget", -2, -1, STRING, "Returns the values of several keys.", mget),
  read("exists", -2, -1, KEYSPACE, "Counts the keys that exist.", exists),
  read("strlen", 2, 1, STRING, "Returns the length of a value.", strlen),
  read("getrange", 4, 1, RANGE, "Returns a part of a value.", getrange),
  read("substr", 4, 1, RANGE, "Returns a part of a value.", getrange),
  read("ttl", 2, 1, KEYSPACE, NO_EXPIRY, timeToLive),
  read("pttl", 2, 1, KEYSPACE, NO_EXPIRY, timeToLive),
  read(
    "type",
    2,
    1,
    KEYSPACE,
    "Tells whether a key is a string or a hash.",
    onKind((kind, reply) => simple(reply, kind)),
  ),
];
