/**
 * Commands that read many keys: `DBSIZE`, `RANDOMKEY`, `KEYS`.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import { array, bulk, integer, nil, type RespVersion } from "./encode.ts";
import { MATCH_WORK, type Pattern, readPattern } from "./glob.ts";
import { hasNamespaces, namespaceNames } from "./namespaces.ts";
import { type Items, type Reading, walk } from "./walk.ts";

/** What a random key costs, in look-ups. */
const RANDOM_LOOKUPS = 8;

/** How many records a data set has, where its file does not tell. */
const records = new WeakMap<DataSet, number>();

/** The keys: those of the records, or the hashes that namespaces are. */
export function* allKeys(
  data: DataSet,
  reply: Reply,
): Reading<Items<Uint8Array>> {
  if (hasNamespaces(data)) return yield* namespaceNames(data, reply);
  return [{ items: keysOf(data), work: data.cost.next }, reply];
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

/** A format that cannot choose one tells its first. */
function* random(data: DataSet, reply: Reply, version: RespVersion): Turns {
  const { snapshot, cost } = data;
  let chosen: Uint8Array | undefined;
  const isHash = hasNamespaces(data);
  const choose = isHash ? data.snapshot.randomNamespace : snapshot.randomKey;
  if (choose !== undefined) {
    reply.work += RANDOM_LOOKUPS * cost.find + cost.first;
    chosen = choose.call(data.snapshot);
  } else {
    const [keys, next] = yield* allKeys(data, reply);
    reply = yield* walk(keys, next, (key) => {
      chosen = key;
      return false;
    });
  }
  if (chosen === undefined) nil(reply, version);
  else bulk(reply, chosen, 0, chosen.length);
}

const keys: Run = (session, request, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  const pattern = readPattern(request, 1, reply);
  if (pattern === undefined) return;
  return session.inTurns(data, matching(data, pattern, reply));
};

/** How many there are comes first, so they are counted before. */
function* matching(data: DataSet, pattern: Pattern, reply: Reply): Turns {
  let count = 0;
  const [counted, next] = yield* allKeys(data, reply);
  reply = yield* walk(matched(counted, pattern), next, () => {
    count++;
  });
  array(reply, count);
  if (count === 0) return;
  const [given, last] = yield* allKeys(data, reply);
  yield* walk(matched(given, pattern), last, (key, reply) => {
    bulk(reply, key, 0, key.length);
    return --count > 0;
  });
}

/** The keys that match. A long one takes several steps. */
function matched(keys: Items<Uint8Array>, pattern: Pattern): Items<Uint8Array> {
  return { items: matches(keys.items, pattern), work: keys.work + MATCH_WORK };
}

function* matches(
  keys: Iterable<Uint8Array | undefined>,
  pattern: Pattern,
): Generator<Uint8Array | undefined> {
  for (const key of keys) {
    let isMatch = key !== undefined && pattern.begin(key);
    while (isMatch === undefined) {
      yield undefined;
      isMatch = pattern.match();
    }
    yield isMatch ? key : undefined;
  }
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
    summary: "Returns a random key of the database.",
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
