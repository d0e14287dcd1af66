/**
 * Write commands: taken in whole, data block included, so that the connection
 * stays in step, and refused.
 *
 * ```text
 * set|add|replace|append|prepend <key> <flags> <exptime> <bytes> [noreply]\r\n
 * cas <key> <flags> <exptime> <bytes> <cas> [noreply]\r\n
 * <data block>\r\n
 * delete <key> [0] [noreply]\r\n
 * incr|decr <key> <value> [noreply]\r\n
 * touch <key> <exptime> [noreply]\r\n
 * gat|gats <exptime> <key>*\r\n
 * flush_all [delay] [noreply]\r\n
 * ```
 *
 * A malformed command gets memcached's own error, in its words.
 *
 * @module
 */

import { type Counters, WRITES_REFUSED } from "../counters.ts";
import { int32, KEY_LIMIT, uint64 } from "./line.ts";

/**
 * What every well-formed write gets. Node's `memcached` client takes a server
 * that says `SERVER_ERROR` out of use for 30 s; no client was found to mind this.
 */
export const READ_ONLY = "CLIENT_ERROR read-only\r\n";

/** The longest data block, in bytes. */
export const LARGEST_BLOCK = 0x7fffffff - 2;

const BAD_LINE = "CLIENT_ERROR bad command line format\r\n";
const ERROR = "ERROR\r\n";

/** What to do about a write command. */
export interface Refusal {
  /** What to answer. */
  reply: string;
  /** The client asked for no reply. */
  quiet?: boolean;
  /** The length of the data block that follows; -1 if none does. */
  block: number;
  /** It does not matter how the data block ends. */
  unchecked?: true;
}

/** Judges the words of a write command; the first is its name. */
export type Judge = (words: string[]) => Refusal;

/** The write commands, by name. */
export const WRITES: ReadonlyMap<string, Judge> = new Map([
  ["set", store(5)],
  ["add", store(5)],
  ["replace", store(5)],
  ["append", store(5)],
  ["prepend", store(5)],
  ["cas", store(6)],
  ["delete", remove],
  ["incr", change(uint64, "invalid numeric delta argument")],
  ["decr", change(uint64, "invalid numeric delta argument")],
  ["touch", change(int32, "invalid exptime argument")],
  ["gat", getAndTouch],
  ["gats", getAndTouch],
  ["flush_all", flush],
]);

/** Counts a write, and says what it gets. */
export function refuse(counters: Counters): string {
  counters[WRITES_REFUSED]++;
  return READ_ONLY;
}

/** A command with a data block and `count` words, or one more. */
function store(count: number): Judge {
  return (words) => {
    if (words.length !== count && words.length !== count + 1) {
      return { reply: ERROR, block: -1 };
    }
    const answer = answerer(words);
    const [, key, flags, exptime, length, cas] = words;
    const block = int32(length);
    if (
      key.length > KEY_LIMIT || uint64(flags) === undefined ||
      int32(exptime) === undefined || block === undefined ||
      count === 6 && uint64(cas) === undefined ||
      block < 0 || block > LARGEST_BLOCK
    ) return answer(BAD_LINE);
    return { ...answer(READ_ONLY), block };
  };
}

function remove(words: string[]): Refusal {
  if (words.length < 2 || words.length > 4) return { reply: ERROR, block: -1 };
  const answer = answerer(words);
  const [, key, ...rest] = words;
  if (rest.length > 0 && !/^(0|noreply|0 noreply)$/.test(rest.join(" "))) {
    return answer(
      "CLIENT_ERROR bad command line format.  Usage: delete <key> [noreply]\r\n",
    );
  }
  return answer(key.length > KEY_LIMIT ? BAD_LINE : READ_ONLY);
}

/** A command with a key and a number. */
function change(
  read: (word: string) => number | bigint | undefined,
  complaint: string,
): Judge {
  return (words) => {
    if (words.length !== 3 && words.length !== 4) {
      return { reply: ERROR, block: -1 };
    }
    const answer = answerer(words);
    if (words[1].length > KEY_LIMIT) return answer(BAD_LINE);
    return answer(
      read(words[2]) === undefined
        ? `CLIENT_ERROR ${complaint}\r\n`
        : READ_ONLY,
    );
  };
}

/** A read that changes when the keys expire. */
function getAndTouch(words: string[]): Refusal {
  const [, exptime, ...keys] = words;
  let reply = READ_ONLY;
  if (exptime === undefined) reply = ERROR;
  else if (int32(exptime) === undefined) {
    reply = "CLIENT_ERROR invalid exptime argument\r\n";
  } else if (keys.length === 0) reply = "END\r\n";
  else if (keys.some((key) => key.length > KEY_LIMIT)) reply = BAD_LINE;
  return { reply, block: -1 };
}

function flush(words: string[]): Refusal {
  if (words.length > 3) return { reply: ERROR, block: -1 };
  const answer = answerer(words);
  const delay = words.length - (isQuiet(words) ? 1 : 0) > 1;
  return answer(
    delay && int32(words[1]) === undefined
      ? "CLIENT_ERROR invalid exptime argument\r\n"
      : READ_ONLY,
  );
}

/** Whether the client asks for no reply: not even for an error, as memcached. */
export function isQuiet(words: string[]): boolean {
  return words[words.length - 1] === "noreply";
}

function answerer(words: string[]): (reply: string) => Refusal {
  const quiet = isQuiet(words);
  return (reply) => ({ reply, quiet, block: -1 });
}
