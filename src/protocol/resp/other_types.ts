/**
 * Commands that read lists, sets, sorted sets and streams. No data have any: a key
 * is of the wrong type, or is not there.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import type { Reply } from "../reply.ts";
import type { Command, Run, Turns } from "./command.ts";
import {
  array,
  failure,
  integer,
  nil,
  type RespVersion,
  set,
} from "./encode.ts";
import { hasNamespace, hasNamespaces } from "./namespaces.ts";
import type { Request } from "./request.ts";
import type { RespSession } from "./session.ts";
import { find, mayBeHash, wholeNumber, WRONG_TYPE } from "./strings.ts";

const NOT_A_NUMBER = "ERR value is not an integer or out of range";

/** What each of the answers to many members costs, in units of work. */
const MEMBER_WORK = 20;

/** Answers where none of the keys is there. */
type Absent = (
  reply: Reply,
  request: Request,
  version: RespVersion,
) => void | Turns;

const none: Absent = (reply) => integer(reply, 0);
const noValue: Absent = (reply, _, version) => nil(reply, version);
const noItems: Absent = (reply) => array(reply, 0);
const noMembers: Absent = (reply, _, version) => set(reply, 0, version);

/** For each member that is asked for, the same. */
const forEach = (one: Absent): Absent =>
  function* (reply, request, version) {
    array(reply, request.count - 2);
    for (let n = 2; n < request.count; n++) {
      if (reply.full) reply = yield;
      reply.work += MEMBER_WORK;
      one(reply, request, version);
    }
  };

/** Answers about the keys of the arguments from the first up to `last`. */
function about(last: number, absent: Absent, numbers: readonly number[]): Run {
  return (session, request, reply) => {
    const data = session.data(reply);
    if (data === undefined) return;
    for (const n of numbers) {
      if (wholeNumber(request, n) === undefined) {
        return failure(reply, NOT_A_NUMBER);
      }
    }
    const end = last < 0 ? request.count : last + 1;
    return session.inTurns(
      data,
      judge(session, data, request, end, absent, reply),
    );
  };
}

function* judge(
  session: RespSession,
  data: DataSet,
  request: Request,
  end: number,
  absent: Absent,
  reply: Reply,
): Turns {
  for (let n = 1; n < end; n++) {
    if (reply.full) reply = yield;
    let isThere = find(session, data, request, n, reply);
    if (!isThere && hasNamespaces(data) && mayBeHash(data, request, n)) {
      const name = request.copy(n);
      [isThere, reply] = yield* hasNamespace(data, name, reply);
    }
    if (isThere) return failure(reply, WRONG_TYPE);
  }
  const turns = absent(reply, request, session.version);
  if (turns !== undefined) yield* turns;
}

interface Rest {
  /** The last key. */
  readonly last?: number;
  /** Arguments that must be numbers. */
  readonly numbers?: readonly number[];
}

const command = (
  group: string,
  speed: "fast" | "slow",
  name: string,
  arity: number,
  absent: Absent,
  { last = 1, numbers = [] }: Rest = {},
): Command => ({
  name,
  arity,
  flags: speed === "fast" ? ["readonly", "fast"] : ["readonly"],
  categories: ["read", group, speed],
  keys: [1, last, 1],
  group: group === "sortedset" ? "sorted-set" : group,
  summary: "There are no keys of this type.",
  run: about(last, absent, numbers),
});

/** The commands of this file. */
export const OTHER_TYPES: readonly Command[] = [
  command("list", "fast", "llen", 2, none),
  command("list", "slow", "lindex", 3, noValue),
  command("list", "slow", "lrange", 4, noItems, { numbers: [2, 3] }),
  command("set", "fast", "scard", 2, none),
  command("set", "fast", "sismember", 3, none),
  command("set", "fast", "smismember", -3, forEach(none)),
  command("set", "slow", "smembers", 2, noMembers),
  command("set", "slow", "sinter", -2, noMembers, { last: -1 }),
  command("set", "slow", "sunion", -2, noMembers, { last: -1 }),
  command("set", "slow", "sdiff", -2, noMembers, { last: -1 }),
  command("sortedset", "fast", "zcard", 2, none),
  command("sortedset", "fast", "zscore", 3, noValue),
  command("sortedset", "fast", "zmscore", -3, forEach(noValue)),
  command("sortedset", "fast", "zrank", 3, noValue),
  command("sortedset", "fast", "zrevrank", 3, noValue),
  command("stream", "fast", "xlen", 2, none),
];
