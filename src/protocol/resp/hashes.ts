/**
 * Hashes: each namespace of a data set is one.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { isNamespaced, Value } from "../../storage/storage.ts";
import { GETS, HITS, MISSES } from "../counters.ts";
import type { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import { array, bulk, failure, integer } from "./encode.ts";
import type { Request } from "./request.ts";
import type { RespSession } from "./session.ts";
import {
  countFields,
  fieldsOf,
  hasNamespaces,
  type NamespacedData,
} from "./namespaces.ts";
import { walk } from "./walk.ts";

const WRONG_TYPE =
  "WRONGTYPE Operation against a key holding the wrong kind of value";

const value = new Value();

/** The data set; without one, and if the key is a string, says so. */
export function hashData(
  session: RespSession,
  request: Request,
  reply: Reply,
): DataSet | undefined {
  const data = session.data(reply);
  if (data === undefined || isNamespaced(data.snapshot)) return data;
  const { bytes } = request;
  const start = request.start(1), end = request.end(1);
  reply.work += data.cost.find + end - start;
  if (!data.snapshot.find(bytes, start, end, value)) return data;
  failure(reply, WRONG_TYPE);
  return undefined;
}

/** Answers with the values of fields. */
function fields(list: boolean): Run {
  return (session, request, reply) => {
    const { values, version } = session;
    const data = values.held ?? hashData(session, request, reply);
    if (data === undefined) return;
    // Without namespaces no hash exists: every field is a miss.
    values.answer(data, request, 2, 1, list, version, reply);
  };
}

/** Answers by the length of a field's value; -1: there is no such field. */
function onField(answer: (length: number) => number): Run {
  return (session, request, reply) => {
    const data = hashData(session, request, reply);
    if (data === undefined) return;
    const { snapshot } = data;
    const { counters } = session.context;
    reply.work += data.cost.find + request.end(2) - request.start(1);
    const found = isNamespaced(snapshot) && snapshot.findIn(
      request.bytes,
      request.start(1),
      request.end(1),
      request.start(2),
      request.end(2),
      value,
    );
    counters[GETS]++;
    counters[found ? HITS : MISSES]++;
    integer(reply, answer(found ? value.end - value.start : -1));
  };
}

/** Answers in turns from a hash; `absent` answers where there are none. */
function inTurns(
  answer: (data: NamespacedData, name: Uint8Array, reply: Reply) => Turns,
  absent: (reply: Reply) => void,
): Run {
  return (session, request, reply) => {
    const data = hashData(session, request, reply);
    if (data === undefined) return;
    if (!hasNamespaces(data)) return absent(reply);
    return session.inTurns(data, answer(data, request.copy(1), reply));
  };
}

function* length(
  data: NamespacedData,
  name: Uint8Array,
  reply: Reply,
): Turns {
  const [count, next] = yield* countFields(data, name, reply);
  integer(next, count);
}

/** The number of fields comes first, so they are counted before. */
function* names(data: NamespacedData, name: Uint8Array, reply: Reply): Turns {
  let [left, next] = yield* countFields(data, name, reply);
  array(next, left);
  if (left === 0) return;
  yield* walk(fieldsOf(data, name), next, ({ key }, reply) => {
    bulk(reply, key, 0, key.length);
    return --left > 0;
  });
}

const command = (
  name: string,
  arity: number,
  summary: string,
  run: Run,
  speed = "fast",
): Command => ({
  name,
  arity,
  flags: speed === "fast" ? ["readonly", "fast"] : ["readonly"],
  categories: ["read", "hash", speed],
  keys: [1, 1, 1],
  group: "hash",
  summary,
  run,
});

/** The commands of this file. */
export const HASH_COMMANDS: readonly Command[] = [
  command("hget", 3, "Returns the value of a field.", fields(false)),
  command("hmget", -3, "Returns the values of several fields.", fields(true)),
  command(
    "hexists",
    3,
    "Tells whether a field exists.",
    onField((length) => length < 0 ? 0 : 1),
  ),
  command(
    "hstrlen",
    3,
    "Returns the length of a field's value.",
    onField((length) => Math.max(0, length)),
  ),
  command(
    "hlen",
    2,
    "Counts the fields of a hash.",
    inTurns(length, (reply) => integer(reply, 0)),
  ),
  command(
    "hkeys",
    2,
    "Returns the fields of a hash.",
    inTurns(names, (reply) => array(reply, 0)),
    "slow",
  ),
];
