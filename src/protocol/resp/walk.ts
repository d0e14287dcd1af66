/**
 * Reading many records in turns, so that nobody waits long for others.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Reply } from "../reply.ts";
import type { Turns } from "./command.ts";
import { bulkEnd, bulkHeader } from "./encode.ts";

/** Reads in turns; at its end it tells what it found, and the reply of its last turn. */
export type Reading<T> = Generator<void, [found: T, reply: Reply], Reply>;

/** What is read one by one. */
export interface Items<T> {
  /** `undefined` stands for one that was read and is not wanted. */
  readonly items: Iterable<T | undefined>;
  /** What each costs, in units of work. */
  readonly work: number;
}

/**
 * Calls for each item, until it answers `false`, and waits for the next turn
 * when this one is over.
 */
export function* walk<T>(
  { items, work }: Items<T>,
  reply: Reply,
  each: (item: T, reply: Reply) => boolean | void,
): Generator<void, Reply, Reply> {
  for (const item of items) {
    reply.work += work;
    if (item !== undefined && each(item, reply) === false) break;
    if (reply.full) reply = yield;
  }
  return reply;
}

/** Answers with `bytes[start, end)`, in parts if they are many. */
export function* longBulk(
  reply: Reply,
  bytes: Uint8Array,
  start: number,
  end: number,
): Turns {
  bulkHeader(reply, end - start);
  while (end - start > reply.limit) {
    reply.copy(bytes, start, start + reply.limit);
    start += reply.limit;
    reply = yield;
  }
  reply.copy(bytes, start, end);
  bulkEnd(reply);
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
