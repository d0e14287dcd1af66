/**
 * Reading many records in turns, so that nobody waits long for others.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Reply } from "../reply.ts";
import type { Turns } from "./command.ts";

/** So many records are read in one turn; then other connections have theirs. */
export const RECORDS_A_TURN = 2048;

/** Reads in turns; at its end it tells what it found, and the reply of its last turn. */
export type Reading<T> = Generator<void, [found: T, reply: Reply], Reply>;

/**
 * Calls for each item, until it answers `false`, and ends a turn now and then,
 * or when the reply is full.
 *
 * @param items `undefined` stands for one that was read and is not wanted.
 */
export function* walk<T>(
  items: Iterable<T | undefined>,
  reply: Reply,
  each: (item: T, reply: Reply) => boolean | void,
): Generator<void, Reply, Reply> {
  let turn = 0;
  for (const item of items) {
    if (item !== undefined && each(item, reply) === false) break;
    if (++turn >= RECORDS_A_TURN || reply.full) {
      reply = yield;
      turn = 0;
    }
  }
  return reply;
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
