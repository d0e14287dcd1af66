/**
 * Commands that read many keys: `DBSIZE`, `RANDOMKEY`, `KEYS`.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import { array, bulk, integer, nil, type RespVersion } from "./encode.ts";
import { matches } from "./glob.ts";
import { hasNamespaces, namespaceNames } from "./namespaces.ts";
import { type Reading, walk } from "./walk.ts";

/** `RANDOMKEY` takes one of so many. */
const CANDIDATES = 1024;

/** How many records a data set has, where its file does not tell. */
const records = new WeakMap<DataSet, number>();

/**
 * The keys: those of the records, or the hashes that namespaces are.
 * `undefined` stands for a namespace without records.
 */
export function* allKeys(
  data: DataSet,
  reply: Reply,
): Reading<Iterable<Uint8Array | undefined>> {
  if (hasNamespaces(data)) return yield* namespaceNames(data, reply);
  return [keysOf(data), reply];
}

function* keysOf({ snapshot }: DataSet): Generator<Uint8Array> {
  for (const { key } of snapshot.entries()) yield key;
}

/** Answers in turns from a data set. */
function inTurns(
  answer: (data: DataSet, reply: Reply, version: RespVersion) => Turns,
): Run {
  return (session, _, reply) => {
    const data = session.data(reply);
    if (data === undefined) return;
    return session.inTurns(data, answer(data, reply, session.version));
  };
}

function* size(data: DataSet, reply: Reply): Turns {
  let count = hasNamespaces(data) ? undefined : data.facts.keys;
  count ??= records.get(data);
  if (count === undefined) {
    count = 0;
    const [keys, next] = yield* allKeys(data, reply);
    reply = yield* walk(keys, next, () => {
      count!++;
    });
    records.set(data, count);
  }
  integer(reply, count);
}

function* random(data: DataSet, reply: Reply, version: RespVersion): Turns {
  let chosen: Uint8Array | undefined;
  let seen = 0;
  const [keys, next] = yield* allKeys(data, reply);
  reply = yield* walk(keys, next, (key) => {
    seen++;
    if (Math.random() * seen < 1) chosen = key.slice();
    return seen < CANDIDATES;
  });
  if (chosen === undefined) nil(reply, version);
  else bulk(reply, chosen, 0, chosen.length);
}

const keys: Run = (session, request, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  return session.inTurns(data, matching(data, request.copy(1), reply));
};

/** How many there are comes first, so they are counted before. */
function* matching(data: DataSet, pattern: Uint8Array, reply: Reply): Turns {
  let count = 0;
  const [counted, next] = yield* allKeys(data, reply);
  reply = yield* walk(counted, next, (key) => {
    if (matches(pattern, key)) count++;
  });
  array(reply, count);
  if (count === 0) return;
  const [given, last] = yield* allKeys(data, reply);
  yield* walk(given, last, (key, reply) => {
    if (!matches(pattern, key)) return true;
    bulk(reply, key, 0, key.length);
    return --count > 0;
  });
}

/** The commands of this file. */
export const KEYSPACE_COMMANDS: readonly Command[] = [
  {
    name: "dbsize",
    arity: 1,
    flags: ["readonly", "fast"],
    categories: ["keyspace", "read", "fast"],
    keys: [0, 0, 0],
    group: "server",
    summary: "Counts the keys of the database.",
    run: inTurns(size),
  },
  {
    name: "randomkey",
    arity: 1,
    flags: ["readonly"],
    categories: ["keyspace", "read", "slow"],
    keys: [0, 0, 0],
    group: "generic",
    summary: "Returns one of the first keys of the database.",
    run: inTurns(random),
  },
  {
    name: "keys",
    arity: 2,
    flags: ["readonly"],
    categories: ["keyspace", "read", "slow", "dangerous"],
    keys: [0, 0, 0],
    group: "generic",
    summary: "Returns all keys that match a pattern.",
    run: keys,
  },
];
