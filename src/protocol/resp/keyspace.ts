/**
 * Commands that read many keys: `DBSIZE`, `RANDOMKEY`, `KEYS`.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { isNamespaced } from "../../storage/storage.ts";
import type { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import { array, bulk, integer, nil, type RespVersion } from "./encode.ts";
import { matches } from "./glob.ts";
import { countNamespaces, countRecords, fromLatin1, walk } from "./walk.ts";

/** `RANDOMKEY` takes one of so many. */
const CANDIDATES = 1024;

/** Keys that are there: records, or the hashes that namespaces are. */
function* allKeys(
  data: DataSet,
  reply: Reply,
  each: (key: Uint8Array, reply: Reply) => boolean | void,
): Generator<void, Reply, Reply> {
  if (!isNamespaced(data.snapshot)) {
    return yield* walk(
      data.snapshot.entries(),
      reply,
      ({ key }, reply) => each(key, reply),
    );
  }
  const [namespaces, next] = yield* countNamespaces(data, reply);
  return yield* walk(
    [...namespaces.keys()].map((name) => {
      const key = fromLatin1(name);
      return { key, value: key };
    }),
    next,
    ({ key }, reply) => each(key, reply),
  );
}

const dbsize: Run = (session, _, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  return session.inTurns(data, size(data, reply));
};

function* size(data: DataSet, reply: Reply): Turns {
  if (isNamespaced(data.snapshot)) {
    const [namespaces, next] = yield* countNamespaces(data, reply);
    integer(next, namespaces.size);
  } else {
    const [count, next] = yield* countRecords(data, reply);
    integer(next, count);
  }
}

const randomkey: Run = (session, _, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  return session.inTurns(data, random(data, session.version, reply));
};

function* random(data: DataSet, version: RespVersion, reply: Reply): Turns {
  let chosen: Uint8Array | undefined;
  let seen = 0;
  const next = yield* allKeys(data, reply, (key) => {
    seen++;
    if (Math.random() * seen < 1) chosen = key.slice();
    return seen < CANDIDATES;
  });
  if (chosen === undefined) nil(next, version);
  else bulk(next, chosen, 0, chosen.length);
}

const keys: Run = (session, request, reply) => {
  const data = session.data(reply);
  if (data === undefined) return;
  return session.inTurns(data, matching(data, request.copy(1), reply));
};

/** How many there are comes first, so they are counted before. */
function* matching(data: DataSet, pattern: Uint8Array, reply: Reply): Turns {
  let count = 0;
  const next = yield* allKeys(data, reply, (key) => {
    if (matches(pattern, key)) count++;
  });
  array(next, count);
  yield* allKeys(data, next, (key, reply) => {
    if (matches(pattern, key)) bulk(reply, key, 0, key.length);
  });
}

/** The commands of this file. */
export const KEYSPACE_COMMANDS: readonly Command[] = [
  {
    name: "dbsize",
    arity: 1,
    flags: ["readonly", "fast"],
    keys: [0, 0, 0],
    group: "server",
    summary: "Counts the keys of the database.",
    run: dbsize,
  },
  {
    name: "randomkey",
    arity: 1,
    flags: ["readonly"],
    keys: [0, 0, 0],
    group: "generic",
    summary: "Returns one of the first keys of the database.",
    run: randomkey,
  },
  {
    name: "keys",
    arity: 2,
    flags: ["readonly"],
    keys: [0, 0, 0],
    group: "generic",
    summary: "Returns all keys that match a pattern.",
    run: keys,
  },
];
