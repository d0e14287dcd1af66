/**
 * The namespaces of a data set, which are its hashes: which there are, and how
 * many fields each has. As in Redis, a hash without fields is not there.
 *
 * Where a format keeps each namespace apart, only what is asked for is read.
 * Elsewhere all records are read once, in turns, for all who ask, and what was
 * found is kept as long as the data set.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import {
  type Entry,
  isNamespaced,
  type NamespacedSnapshot,
} from "../../storage/storage.ts";
import type { Reply } from "../reply.ts";
import { Refusal } from "./command.ts";
import { equal, fromLatin1, latin1 } from "./names.ts";
import { type Items, type Reading, walk } from "./walk.ts";

/** Of more namespaces than that no list is kept. */
const MOST_NAMESPACES = 100_000;

/** What a name on the list costs, in units of work. */
const NAME_WORK = 500;

/** What a byte of a name costs when it is put on the list, in units of work. */
const NAME_BYTE_WORK = 10;

/** A data set with namespaces. */
export interface NamespacedData extends DataSet {
  /** The data. */
  readonly snapshot: NamespacedSnapshot;
}

/** How many fields each namespace has, by its name, as far as that is known. */
class Counts {
  /** Those that have some. */
  readonly fields = new Map<string, number>();
  /** Why the list is of no use, if it is not. */
  problem: string | undefined;
  /** Reads some more records, for the turn of whoever needs them. */
  counting: ((reply: Reply) => void) | undefined;
  /** Whether all records have been read. */
  complete = false;
}

const known = new WeakMap<DataSet, Counts>();

/** Whether the data are hashes, and not strings. */
export function hasNamespaces(data: DataSet): data is NamespacedData {
  return isNamespaced(data.snapshot);
}

/** Whether there is a namespace of that name. */
export function* hasNamespace(
  data: NamespacedData,
  name: Uint8Array,
  reply: Reply,
): Reading<boolean> {
  const { snapshot } = data;
  if (snapshot.entriesIn !== undefined) {
    reply.work += data.cost.first;
    for (const _ of snapshot.entriesIn(name)) return [true, reply];
    return [false, reply];
  }
  const [counts, next] = yield* readAll(data, reply);
  return [counts.fields.has(latin1(name)), next];
}

/**
 * The names of all namespaces. `undefined` stands for one without records.
 *
 * @throws {Refusal} if the names cannot be told.
 */
export function* namespaceNames(
  data: NamespacedData,
  reply: Reply,
): Reading<Items<Uint8Array>> {
  const { snapshot, cost } = data;
  if (snapshot.namespaces !== undefined) {
    return [{ items: withRecords(snapshot), work: cost.first }, reply];
  }
  const [{ problem, fields }, next] = yield* readAll(data, reply);
  if (problem !== undefined) throw new Refusal(problem);
  return [{ items: fields.keys().map(fromLatin1), work: NAME_WORK }, next];
}

/**
 * How many fields a namespace has; 0 if it is not there.
 *
 * @throws {Refusal} if that cannot be told.
 */
export function* countFields(
  data: NamespacedData,
  name: Uint8Array,
  reply: Reply,
): Reading<number> {
  const { snapshot } = data;
  if (snapshot.entriesIn === undefined) {
    const [{ problem, fields }, next] = yield* readAll(data, reply);
    if (problem !== undefined) throw new Refusal(problem);
    return [fields.get(latin1(name)) ?? 0, next];
  }
  const { fields } = countsOf(data);
  let count = fields.get(latin1(name));
  if (count === undefined) {
    count = 0;
    reply.work += data.cost.first;
    reply = yield* walk(fieldsOf(data, name), reply, () => {
      count!++;
    });
    if (count > 0 && fields.size < MOST_NAMESPACES) {
      fields.set(latin1(name), count);
    }
  }
  return [count, reply];
}

/** The fields of a namespace. `undefined` stands for a field of another one. */
export function fieldsOf(
  { snapshot, cost }: NamespacedData,
  name: Uint8Array,
): Items<Entry> {
  return { items: entriesOf(snapshot, name), work: cost.next };
}

function* entriesOf(
  snapshot: NamespacedSnapshot,
  name: Uint8Array,
): Generator<Entry | undefined> {
  if (snapshot.entriesIn !== undefined) {
    yield* snapshot.entriesIn(name);
    return;
  }
  for (const entry of snapshot.entries()) {
    const { namespace } = entry;
    yield namespace !== undefined && equal(namespace, name) ? entry : undefined;
  }
}

function* withRecords(
  snapshot: NamespacedSnapshot,
): Iterable<Uint8Array | undefined> {
  for (const name of snapshot.namespaces!()) {
    let isEmpty = true;
    for (const _ of snapshot.entriesIn!(name)) {
      isEmpty = false;
      break;
    }
    yield isEmpty ? undefined : name;
  }
}

function countsOf(data: DataSet): Counts {
  let counts = known.get(data);
  if (counts === undefined) known.set(data, counts = new Counts());
  return counts;
}

/** Has all records read, together with all others who wait for that. */
function* readAll(data: NamespacedData, reply: Reply): Reading<Counts> {
  const counts = countsOf(data);
  while (!counts.complete) {
    counts.counting ??= counter(data, counts);
    try {
      counts.counting(reply);
    } catch (error) {
      counts.counting = undefined;
      throw error;
    }
    if (!counts.complete) reply = yield;
  }
  return [counts, reply];
}

/** Makes what reads records, from turn to turn, until all are counted. */
function counter(
  { snapshot, cost }: NamespacedData,
  counts: Counts,
): (reply: Reply) => void {
  const { fields } = counts;
  fields.clear();
  const entries = snapshot.entries()[Symbol.iterator]();
  // Records of a namespace often come one after the other.
  let last: Uint8Array | undefined, name = "";
  let nameless = 0;
  return (reply) => {
    while (fields.size <= MOST_NAMESPACES) {
      if (reply.full) return;
      reply.work += cost.next;
      const { done, value: entry } = entries.next();
      if (done) break;
      const { namespace } = entry;
      if (namespace === undefined) {
        nameless++;
        continue;
      }
      if (last === undefined || !equal(namespace, last)) {
        last = namespace.slice();
        name = latin1(last);
        reply.work += NAME_BYTE_WORK * last.length;
      }
      fields.set(name, (fields.get(name) ?? 0) + 1);
    }
    if (fields.size > MOST_NAMESPACES) {
      entries.return?.();
      fields.clear();
      counts.problem =
        `ERR the data have more than ${MOST_NAMESPACES} namespaces: they are not listed`;
    } else if (fields.size === 0 && nameless > 0) {
      counts.problem =
        "ERR files of this format do not tell where a namespace's name ends: they are not listed";
    }
    counts.complete = true;
    counts.counting = undefined;
  };
}
