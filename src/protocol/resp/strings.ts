/**
 * Commands that read one key, or several.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { isNamespaced, Value } from "../../storage/storage.ts";
import { GETS, HITS, MISSES } from "../counters.ts";
import type { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import { bulk, failure, integer, nil, simple } from "./encode.ts";
import type { Request } from "./request.ts";
import type { RespSession } from "./session.ts";
import { countNamespaces, latin1 } from "./walk.ts";

const WRONG_TYPE =
  "WRONGTYPE Operation against a key holding the wrong kind of value";
const NOT_A_NUMBER = "ERR value is not an integer or out of range";

/** `$-1\r\n` */
const LONGEST_NIL = 5;

const value = new Value();

/** What a key is. */
type Kind = "string" | "hash" | "none";

/** Looks the key of an argument up, and counts it. */
function find(
  { context: { counters } }: RespSession,
  { snapshot }: DataSet,
  request: Request,
  n: number,
): boolean {
  counters[GETS]++;
  const { bytes } = request;
  const found = snapshot.find(bytes, request.start(n), request.end(n), value);
  counters[found ? HITS : MISSES]++;
  return found;
}

/** Whether a key that is no string can be a namespace, and so a hash. */
function mayBeHash(
  { snapshot }: DataSet,
  request: Request,
  n: number,
): boolean {
  if (!isNamespaced(snapshot)) return false;
  const { separator } = snapshot;
  const key = request.bytes.subarray(request.start(n), request.end(n));
  return separator === undefined || !key.includes(separator);
}

/**
 * Goes on with what a key is that is no string: with namespaces it may be one,
 * and so a hash.
 */
function* ifHash(
  data: DataSet,
  key: Uint8Array,
  reply: Reply,
  then: (isHash: boolean, reply: Reply) => void,
): Turns {
  const [namespaces, next] = yield* countNamespaces(data, reply);
  then(namespaces.has(latin1(key)), next);
}

/** Answers a key's string; a hash is an error, and `absent` answers the rest. */
function onString(
  answer: (request: Request, reply: Reply) => void,
  absent: (session: RespSession, reply: Reply) => void,
): Run {
  return (session, request, reply) => {
    const data = session.data(reply);
    if (data === undefined) return;
    if (find(session, data, request, 1)) return answer(request, reply);
    return refuseHash(session, data, request, reply, absent);
  };
}

function refuseHash(
  session: RespSession,
  data: DataSet,
  request: Request,
  reply: Reply,
  absent: (session: RespSession, reply: Reply) => void,
): void | Turns {
  if (!mayBeHash(data, request, 1)) return absent(session, reply);
  return session.inTurns(
    data,
    ifHash(data, request.copy(1), reply, (isHash, reply) => {
      if (isHash) failure(reply, WRONG_TYPE);
      else absent(session, reply);
    }),
  );
}

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
  return refuseHash(session, data, request, reply, absentValue);
};

const mget: Run = (session, request, reply) => {
  const { values, version } = session;
  const data = values.held ?? session.data(reply);
  if (data === undefined) return;
  values.answer(data, request, 1, 0, true, version, reply);
};

function absentValue(session: RespSession, reply: Reply): void {
  nil(reply, session.version);
}

const exists: Run = (session, request, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  let found = 0;
  const others: Uint8Array[] = [];
  for (let n = 1; n < request.count; n++) {
    if (find(session, data, request, n)) found++;
    else if (mayBeHash(data, request, n)) others.push(request.copy(n));
  }
  if (others.length === 0) return integer(reply, found);
  return session.inTurns(data, countHashes(data, others, found, reply));
};

function* countHashes(
  data: DataSet,
  keys: readonly Uint8Array[],
  found: number,
  reply: Reply,
): Turns {
  const [namespaces, next] = yield* countNamespaces(data, reply);
  for (const key of keys) if (namespaces.has(latin1(key))) found++;
  integer(next, found);
}

/** Answers by what a key is. */
function onKind(answer: (kind: Kind, reply: Reply) => void): Run {
  return (session, request, reply) => {
    const data = session.data(reply);
    if (data === undefined) return;
    if (find(session, data, request, 1)) return answer("string", reply);
    if (!mayBeHash(data, request, 1)) return answer("none", reply);
    return session.inTurns(
      data,
      ifHash(data, request.copy(1), reply, (isHash, reply) => {
        answer(isHash ? "hash" : "none", reply);
      }),
    );
  };
}

/** Data do not expire. */
const timeToLive = onKind((kind, reply) =>
  integer(reply, kind === "none" ? -2 : -1)
);

const strlen = onString(
  (_, reply) => integer(reply, value.end - value.start),
  (_, reply) => integer(reply, 0),
);

/** A part of a value; negative offsets count from its end. */
const getrange: Run = (session, request, reply) => {
  const first = wholeNumber(request, 2), last = wholeNumber(request, 3);
  if (first === undefined || last === undefined) {
    return failure(reply, NOT_A_NUMBER);
  }
  return onString(
    (_, reply) => {
      const length = value.end - value.start;
      const from = Math.max(0, first < 0 ? first + length : first);
      // Before the beginning is the first byte, as in Redis.
      const to = Math.min(
        length - 1,
        Math.max(0, last < 0 ? last + length : last),
      );
      const isEmpty = from > to || first < 0 && last < 0 && first > last;
      const start = value.start + from;
      bulk(reply, value.bytes, start, isEmpty ? start : value.start + to + 1);
    },
    (_, reply) => reply.text("$0\r\n\r\n"),
  )(session, request, reply);
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
  summary: string,
  run: Run,
): Command => ({
  name,
  arity,
  flags: ["readonly", "fast"],
  keys: [1, last, 1],
  group: "string",
  summary,
  run,
});

/** The commands of this file. */
export const STRING_COMMANDS: readonly Command[] = [
  read("get", 2, 1, "Returns the value of a key.", get),
  read("mget", -2, -1, "Returns the values of several keys.", mget),
  read("exists", -2, -1, "Counts the keys that exist.", exists),
  read("strlen", 2, 1, "Returns the length of a value.", strlen),
  read("getrange", 4, 1, "Returns a part of a value.", getrange),
  read("substr", 4, 1, "Returns a part of a value.", getrange),
  read("ttl", 2, 1, "Returns -1: keys do not expire.", timeToLive),
  read("pttl", 2, 1, "Returns -1: keys do not expire.", timeToLive),
  read(
    "type",
    2,
    1,
    "Tells whether a key is a string or a hash.",
    onKind((kind, reply) => simple(reply, kind)),
  ),
];
