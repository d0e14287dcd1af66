/**
 * What has to be read from the whole of a data set, in turns, and is then known:
 * how many records there are, and the namespaces with theirs.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Entry } from "../../storage/storage.ts";
import type { Reply } from "../reply.ts";
import type { Turns } from "./command.ts";

/** So many records are read in one turn; then other connections have theirs. */
export const RECORDS_A_TURN = 2048;

/** What is known of a data set. */
interface Known {
  records?: number;
  namespaces?: ReadonlyMap<string, number>;
}

const known = new WeakMap<DataSet, Known>();

/** Bytes as a text that can be compared, a character each. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

/** The reverse of {@linkcode latin1}. */
export function fromLatin1(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * Calls for each record, until it answers `false`, and ends a turn now and then,
 * or when the reply is full.
 */
export function* walk(
  entries: Iterable<Entry>,
  reply: Reply,
  each: (entry: Entry, reply: Reply) => boolean | void,
): Generator<void, Reply, Reply> {
  let turn = 0;
  for (const entry of entries) {
    if (each(entry, reply) === false) break;
    if (++turn >= RECORDS_A_TURN || reply.full) {
      reply = yield;
      turn = 0;
    }
  }
  return reply;
}

/** How many records there are. */
export function* countRecords(
  data: DataSet,
  reply: Reply,
): Generator<void, [number, Reply], Reply> {
  const facts = factsOf(data);
  let count = facts.records ?? data.facts.keys;
  if (count === undefined) {
    count = 0;
    reply = yield* walk(data.snapshot.entries(), reply, () => {
      count!++;
    });
  }
  facts.records = count;
  return [count, reply];
}

/** The namespaces, and how many records each has. */
export function* countNamespaces(
  data: DataSet,
  reply: Reply,
): Generator<void, [ReadonlyMap<string, number>, Reply], Reply> {
  const facts = factsOf(data);
  if (facts.namespaces === undefined) {
    const counts = new Map<string, number>();
    // Records of a namespace often come one after the other.
    let last = new Uint8Array(0), name = "";
    reply = yield* walk(data.snapshot.entries(), reply, ({ namespace }) => {
      if (namespace === undefined) return;
      if (name === "" || !equal(namespace, last)) {
        last = namespace.slice();
        name = latin1(last);
      }
      counts.set(name, (counts.get(name) ?? 0) + 1);
    });
    facts.namespaces = counts;
  }
  return [facts.namespaces, reply];
}

/** Runs an answer in turns on a data set that stays readable meanwhile. */
export function* holding(data: DataSet, turns: Turns): Turns {
  data.hold();
  try {
    yield* turns;
  } finally {
    data.release();
  }
}

/** Whether two arrays have the same bytes. */
export function equal(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function factsOf(data: DataSet): Known {
  let facts = known.get(data);
  if (facts === undefined) known.set(data, facts = {});
  return facts;
}
