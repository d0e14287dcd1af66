/** Steps of the text protocol, without its meta commands. */

import type { Random } from "./random.ts";
import { HUGE, TEXT_RECORDS } from "./records.ts";
import {
  closing,
  FLUSH,
  garble,
  LONG_LINE,
  read,
  refused,
  type Step,
  tamed,
  withoutLong,
} from "./steps.ts";

/** Keys that no server has. */
export const MISSING = ["none", "none-2", "no\xfe", "no" + "z".repeat(248)];

/** Keys that are written, and never read. */
export const WRITTEN = ["w:1", "w:2", "w:\xff"];

const TOO_LONG = "l".repeat(251);

/** What stands between words, and what ends a line. */
const SPACES = [" ", " ", " ", " ", "  ", "   "];
const ENDS = ["\r\n", "\r\n", "\r\n", "\r\n", "\n", " \r\n", "\0zzz\r\n"];

/** Malformed lines, and others that need no arguments to be made up. */
const LINES = [
  "",
  " ",
  "\r",
  "\0",
  "foo",
  "f",
  "get",
  "gets",
  "get ",
  "GET hit:k",
  "getx hit:k",
  "get\thit:k",
  "get hit:k\r",
  "gat",
  "gat 0",
  "gat none",
  "gat x none",
  "gats 0",
  "version",
  "version x",
  "verbosity",
  "verbosity 0",
  "verbosity 0 noreply",
  "verbosity x",
  "verbosity 0 0",
  "verbosity 0 0 0",
  "mn",
  "mn x",
  "m",
  "mx",
  "mnx",
  "stats",
  "stats settings",
  "stats items",
  "stats slabs",
  "stats sizes",
  "stats conns",
  "stats extstore",
  "stats reset",
  "stats bogus",
  "stats detail",
  "stats detail off",
  "stats detail x",
  "stats detail dump",
  "stats cachedump",
  "stats cachedump 1 0",
  "statsx",
  "set",
  "set w:1",
  "set w:1 0 0",
  "set w:1 x 0 3",
  "set w:1 0 x 3",
  "set w:1 0 0 x",
  "set w:1 0 0 -1",
  "set w:1 -1 0 -1",
  "set w:1 0 0 2147483646",
  "set w:1 0 0 1 2 3",
  "set w:1 0 0 x noreply",
  `set ${TOO_LONG} 0 0 3`,
  "cas w:1 0 0 3",
  "cas w:1 0 0 3 x",
  "delete",
  "delete w:1 5",
  "delete w:1 0 0",
  "delete w:1 0 0 0",
  `delete ${TOO_LONG}`,
  "incr w:1",
  "incr w:1 x",
  "incr w:1 -1",
  "decr w:1 18446744073709551616",
  `incr ${TOO_LONG} 1`,
  "touch w:1",
  "touch w:1 x",
  "touch w:1 0 0 0",
  "flush_all x",
  "flush_all x noreply",
  "flush_all 1 2 3",
  "cache_memlimit",
  "cache_memlimit x",
  "cache_memlimit 5",
  "cache_memlimit x noreply",
  "shutdown",
  "shutdown x",
  "slabs",
  "slabs reassign 1 2",
  "slabs reassign 1",
  "slabs automove",
  "slabs automove x",
  "slabs automove 3",
  "slabs automove 3 noreply",
  "slabs automove ratio x",
  "lru",
  "lru x",
  "lru mode x",
  "lru mode",
  "lru tune 1 2 3",
  "lru temp_ttl x",
  "lru_crawler",
  "lru_crawler x",
  "lru_crawler crawl all",
  "lru_crawler metadump all",
  "lru_crawler tocrawl x",
  "lru_crawler sleep x",
  "extstore",
  "extstore x",
  "extstore item_age",
  "watch",
  "watch x",
  "watch noreply",
  "get foo HTTP/1.1",
  "trace / HTTP/1.1",
  "P HTTP/1.1",
];

/** Administration that memcached does, and GOROMDB refuses. */
const ADMINISTRATION = [
  "cache_memlimit 100",
  "slabs automove 1",
  "slabs automove ratio 0.8",
  "lru mode segmented",
  "lru temp_ttl 61",
  "lru tune 20 40 0.2 2.0",
  "lru_crawler disable",
  "lru_crawler tocrawl 10",
  "lru_crawler sleep 100",
  "extstore item_age 10",
  "flush_all 2000000000",
];

/** A word of keys: mostly there, sometimes not, rarely too long. */
function key(random: Random): string {
  if (random.oneIn(60)) return TOO_LONG;
  if (random.oneIn(300)) return HUGE.key;
  return random.below(3) === 0
    ? random.pick(MISSING)
    : random.pick(TEXT_RECORDS).key;
}

function get(random: Random): Step {
  const most = random.pick([1, 1, 1, 5, 5, 60]);
  const keys = random.some(1, most, () => key(random));
  const words = [random.pick(["get", "get", "gets"]), ...keys];
  const sent = line(words, random);
  return read(keys.includes(TOO_LONG) ? FLUSH + sent : sent);
}

/** A line of words, with the spaces and the end that servers forgive. */
export function line(words: readonly string[], random: Random): string {
  let text = random.oneIn(10) ? random.pick(SPACES) : "";
  text += words[0];
  for (const word of words.slice(1)) text += random.pick(SPACES) + word;
  return text + random.pick(ENDS);
}

/** A data block, sometimes of another length than was said. */
export function block(random: Random): { length: number; text: string } {
  const text = random.text(random.below(40), "abcdefgh");
  const length = text.length + (random.oneIn(10) ? -1 : 0);
  return { length: Math.max(length, 0), text: text + "\r\n" };
}

function write(random: Random): Step {
  const key = random.pick(WRITTEN);
  const quiet = random.oneIn(4) ? ["noreply"] : [];
  const name = random.pick([
    "set",
    "add",
    "replace",
    "append",
    "prepend",
    "cas",
    "delete",
    "incr",
    "decr",
    "touch",
    "gat",
  ]);
  let bytes: string;
  switch (name) {
    case "delete":
      bytes = `delete ${key}`;
      break;
    case "incr":
    case "decr":
      bytes = `${name} ${key} ${random.below(1000)}`;
      break;
    case "touch":
      bytes = `touch ${key} ${random.pick(["0", "100", "-1"])}`;
      break;
    case "gat":
      return refused(`gat 0 ${random.pick(MISSING)}\r\n`);
    default: {
      const { length, text } = block(random);
      const cas = name === "cas" ? ["5"] : [];
      const words = [name, key, "5", "0", String(length), ...cas, ...quiet];
      const whole = length === text.length - 2;
      return {
        bytes: line(words, random) + text,
        refused: whole && quiet.length === 0 ? 1 : 0,
      };
    }
  }
  return {
    bytes: [bytes, ...quiet].join(" ") + "\r\n",
    refused: quiet.length === 0 ? 1 : 0,
  };
}

/** Something that ends a connection. */
function closer(random: Random): Step {
  return closing(
    random.pick([
      "quit\r\n",
      "quit now\r\n",
      FLUSH + "GET / HTTP/1.1\r\n",
      FLUSH + "POST /x HTTP/1.0\n",
    ]),
  );
}

/** Something that is never complete. */
function unfinished(random: Random): Step {
  return closing(
    random.pick([
      "get hit:k",
      FLUSH + "set w:1 0 0 100\r\nabc",
      FLUSH + "ms w:1 100\r\nabc",
      "get",
      "\r",
      `${FLUSH}${"j".repeat(2049 + random.below(2000))}`,
      `${FLUSH}${" ".repeat(101)}get ${"j".repeat(2049)}`,
    ]),
  );
}

function garbled(random: Random): Step {
  const step = random.oneIn(2) ? get(random) : write(random);
  const isFit = step.bytes.length < LONG_LINE &&
    !step.bytes.startsWith(FLUSH) &&
    !step.bytes.startsWith("gat ");
  return isFit ? garble(step, random) : step;
}

/** A line that memcached's buffer has no room for, and that is no get. */
export function tooLongLine(random: Random): Step {
  const length = 16_384 + random.below(60_000);
  return closing(
    random.pick(["j", "set w:1 0 0 1 ", "mg hit:k ", "gat 0 ", "getx "])
      .padEnd(length, random.pick(["j", " k", " "])) + "\r\n",
  );
}

/** Steps of the text protocol. */
export function textSteps(random: Random): Step[] {
  const steps = random.some(1, 6, () => {
    switch (random.below(10)) {
      case 0:
      case 1:
        return write(random);
      case 2:
        return refused(random.pick(ADMINISTRATION) + random.pick(ENDS));
      case 3:
      case 4:
        return read(random.pick(LINES) + random.pick(ENDS));
      case 5:
        return garbled(random);
      default:
        return get(random);
    }
  });
  if (steps.some(({ garbled }) => garbled)) return tamed(steps);
  if (random.oneIn(12)) {
    return [...withoutLong(steps), closer(random), read("get hit:k\r\n")];
  }
  return random.oneIn(12) ? [...withoutLong(steps), unfinished(random)] : steps;
}
