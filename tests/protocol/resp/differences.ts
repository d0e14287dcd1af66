/**
 * Where GOROMDB answers otherwise than Redis 7.0, and why. This is the whole
 * list: the differential test knows no other excuse.
 */

import type { Reply } from "./replies.ts";
import type { Step } from "./steps.ts";

/** One difference. */
export interface Difference {
  what: string;
  why: string;
  /** Makes replies to the words equal that may differ. */
  level: (reply: Reply, words: readonly string[]) => Reply;
}

const sorted = (reply: Reply): Reply =>
  Array.isArray(reply)
    ? reply.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
    : reply;

/** The differences. */
export const DIFFERENCES: readonly Difference[] = [
  {
    what: "the order of keys and of fields",
    why: "neither server promises one",
    level: (reply, [name]) =>
      name === "keys" || name === "hkeys"
        ? sorted(reply)
        : Array.isArray(reply) && /^h?scan$/.test(name) && reply.length === 2
        ? [reply[0], sorted(reply[1])]
        : reply,
  },
  {
    what: "how much a SCAN gives that may end before all is given",
    why: "its cursors, and how far each goes, are a server's own",
    level: (reply, words) =>
      /^h?scan$/.test(words[0]) && !words.includes("1000") &&
        Array.isArray(reply) && reply.length === 2
        ? "<some>"
        : reply,
  },
  {
    what: "the key of RANDOMKEY",
    why: "it is random",
    level: (reply, [name]) =>
      name === "randomkey" && typeof reply === "string" &&
        reply.startsWith("$") && reply !== "$-1"
        ? "$<key>"
        : reply,
  },
  {
    what: "the number of a connection",
    why: "each server counts its own",
    level: (reply, [name, sub]) =>
      name === "client" && sub?.toLowerCase() === "id" &&
        typeof reply === "string" && reply.startsWith(":")
        ? ":<number>"
        : reply,
  },
  {
    what: "what HELLO tells of the connection's number",
    why: "each server counts its own",
    level: (reply, [name]) =>
      name === "hello" && Array.isArray(reply)
        ? reply.map((part, n) => reply[n - 1] === "$id" ? ":<number>" : part)
        : reply,
  },
];

/** Differences that are never met, because nobody asks. */
export const NOT_ASKED: readonly Omit<Difference, "level">[] = [
  {
    what: "answers that wait for others, before POST or Host:",
    why: "Redis forgets what it has not sent when it closes; here it is sent",
  },
  {
    what:
      "ZRANGE and its like, ZCOUNT, SRANDMEMBER, XRANGE, GETBIT, GEOPOS, HGETALL and what else reads is unknown",
    why: "there are no such types, and these have arguments of their own",
  },
  {
    what:
      "a pattern of more than 64 KB, or any other argument of more than 512",
    why:
      "what is done with it would keep others waiting; only ECHO, PING and what is refused may have longer ones",
  },
  {
    what: "a client's name of more than 1 KB, and more than 16 words of HELLO",
    why:
      "names are held, and told to others; more words only repeat each other",
  },
];

/** The first difference between two servers' replies to the steps. */
export function compare(
  steps: readonly Step[],
  theirs: readonly Reply[],
  ours: readonly Reply[],
): string | undefined {
  const asked = steps.filter(({ words }) => words.length > 0);
  const level = (reply: Reply | undefined, n: number) => {
    if (reply === undefined) return "nothing";
    const words = asked[n]?.words ?? [""];
    return JSON.stringify(
      DIFFERENCES.reduce((text, { level }) => level(text, words), reply),
    );
  };
  for (let n = 0; n < Math.max(theirs.length, ours.length); n++) {
    const a = level(theirs[n], n), b = level(ours[n], n);
    if (a !== b) {
      return `reply ${n}: ${a.slice(0, 300)}\n  here:   ${b.slice(0, 300)}`;
    }
  }
  return undefined;
}
