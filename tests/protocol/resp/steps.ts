/** Random requests to a Redis. */

import type { Random } from "../differential/random.ts";
import { command, HASHES, STRINGS } from "./records.ts";

/** One request. */
export interface Step {
  bytes: string;
  /** Its words, lower case the first; empty if it is malformed. */
  words: string[];
}

const MISSING = ["nope", "K", "user:", "k ", "h2", "kk"];
const PATTERNS = [
  ...["*", "user:*", "user:?", "k", "", "?", "[hk]*", "[^h]*", "a\\[b\\]c"],
  ...["a[b]c", "a*c", "a\\*c", "*:1*", "[a-z]", "[z-a]", "*[", "\\", "**e"],
];
const NUMBERS = ["0", "1", "-1", "2", "-3", "100", "-100", "4", "x", "", "01"];
const BAD_NUMBERS = ["9223372036854775807", "9223372036854775808", "1.5", "+1"];

function spelled(word: string, random: Random): string {
  switch (random.below(3)) {
    case 0:
      return word;
    case 1:
      return word.toUpperCase();
    default:
      return [...word].map((c) => random.oneIn(2) ? c.toUpperCase() : c)
        .join("");
  }
}

/** The words of a request that both servers know. */
function words(random: Random): string[] {
  const keys = [...STRINGS.keys(), ...HASHES.keys(), ...MISSING];
  const fields = ["f", "e", "n", "long", "1", "2", "bytes\0\r\n\xff", "nope"];
  const key = () => random.pick(keys), field = () => random.pick(fields);
  const number = () => random.pick(random.oneIn(9) ? BAD_NUMBERS : NUMBERS);
  const pattern = () => random.pick(PATTERNS);
  return random.pick<() => string[]>([
    () => ["get", key()],
    () => ["get", key()],
    () => ["mget", ...random.some(1, 20, key)],
    () => ["exists", ...random.some(1, 4, key)],
    () => ["strlen", key()],
    () => ["getrange", key(), number(), number()],
    () => ["substr", key(), number(), number()],
    () => ["type", key()],
    () => [random.pick(["ttl", "pttl"]), key()],
    () => ["randomkey"],
    () => ["dbsize"],
    () => ["keys", pattern()],
    () => ["scan", "0", "count", "1000", ...matching(random, pattern)],
    () => ["scan", random.pick(["x", "0x", ""]), "match", "*"],
    () => ["scan", "0", ...random.some(1, 3, () => random.pick(OPTIONS))],
    () => ["hget", key(), field()],
    () => ["hmget", key(), ...random.some(1, 8, field)],
    () => ["hexists", key(), field()],
    () => ["hstrlen", key(), field()],
    () => ["hlen", key()],
    () => ["hkeys", key()],
    () => ["hscan", key(), "0", "count", "1000", ...matching(random, pattern)],
    () => ["ping", ...random.some(0, 2, key)],
    () => ["echo", key()],
    () => ["select", random.pick(INDICES)],
    () => [random.pick(["llen", "scard", "smembers", "zcard", "xlen"]), key()],
    () => [random.pick(MEMBERS), key(), field()],
    () => ["lindex", key(), number()],
    () => ["lrange", key(), number(), number()],
    () => [random.pick(["smismember", "zmscore"]), key(), field(), field()],
    () => [
      random.pick(["sinter", "sunion", "sdiff"]),
      ...random.some(1, 3, key),
    ],
    () => ["scan", random.pick(CURSORS)],
    () => ["hscan", key(), random.pick(CURSORS)],
    () => ["client", "no-evict", ...random.pick([["on"], ["OFF"], ["x"], []])],
    () => ["hello", ...random.pick([[], ["2"], ["3"], ["4"], ["x"]])],
    () => ["hello", "2", ...random.some(1, 3, () => random.pick(HELLOS))],
    () => ["auth", ...random.some(1, 3, () => random.pick(HELLOS))],
    () => ["client", random.pick(["id", "getname", "ID", "foo", "getname x"])],
    () => ["client", "setname", random.pick(["x", "", "a b", "y\n"])],
    () => ["readonly"],
    () => ["cluster", "info"],
    () => ["reset"],
    () => ["set", key(), "v"],
    () => ["del", ...random.some(0, 3, key)],
    () => [random.pick(["hset", "incr", "lpush", "flushall", "mset"]), key()],
    () => ["foo", ...random.some(0, 4, () => random.text(50, "ab'\r\n"))],
    () => [random.pick(["get", "hget", "type", "keys", "echo", "quit1"])],
    () => ["get", key(), key()],
    () => ["config", ...random.pick([["get"], ["foo"], []])],
    () => ["command", random.pick(["foo", "info x y"])],
  ])();
}

const INDICES = [
  ...["0", "1", "99", "-1", "x", "00", "2147483647", "2147483648"],
  ...["-2147483648", "-2147483649", "9223372036854775807"],
];
const MEMBERS = ["sismember", "zscore", "zrank", "zrevrank"];

/** Some that are cursors, wherever they lead to, and some that are none. */
const CURSORS = [
  ...["18446744073709551615", "18446744073709551616", "99999999999999999999"],
  ...["-1", "-18446744073709551615", "-18446744073709551616", "+7000000000"],
  ...["00000000000000000000009999999999", " 1", "1 ", "-", "+", "0x1", "--1"],
  ...["9999999999\0x", "\0"],
];

const OPTIONS = ["count", "match", "type", "0", "-1", "x", "string", "hash"];
const HELLOS = ["auth", "setname", "default", "x", "AUTH", "n m"];

function matching(random: Random, pattern: () => string): string[] {
  const type = random.oneIn(6) ? ["type", "string"] : [];
  return random.oneIn(2) ? ["match", pattern()] : type;
}

/** What is no request, or not quite. */
const MALFORMED = [
  ...["*1\r\n$-1\r\n", "*1\r\n$536870913\r\n", "*1\r\nfoo\r\n", "*x\r\n"],
  ...["*1048577\r\n", "*01\r\n", "*1\r\n$x\r\n", 'get "k\r\n', "get 'k\r\n"],
  ...['get "k"x\r\n', "*2\r\n$3\r\nget\r\n:1\r\n", "*1\r\n$\r\n", "*\r\n"],
  ...["*-\r\n", "*1\r\n$-\r\n", "*1\r\n$+1\r\n", "quit\r\n", "QUIT now\r\n"],
  `${"x".repeat(70_000)}`,
  `*${"1".repeat(70_000)}`,
];

/** What Redis takes for an attack, and closes at. */
const WEB = [
  "POST / HTTP/1.1\r\nHost: x\r\n\r\nget k\r\n",
  "hOsT: x\r\nPING\r\n",
  command("post", "x") + command("PING"),
];

/** What is passed over. */
const IGNORED = ["\r\n", "*0\r\n", "*-1\r\n", "  \r\n", "\n"];

/** Inline, in one of the ways that people write it. */
function inline(words: readonly string[], random: Random): string {
  const quoted = words.map((word) => {
    const bare = /^[a-z0-9:*?.+-]+$/i.test(word);
    if (bare && !random.oneIn(4)) return word;
    if (/^[ -&(-~]*$/.test(word) && random.oneIn(3)) return `'${word}'`;
    return '"' +
      [...word].map((c) =>
        /[ -!#-[\]-~]/.test(c)
          ? c
          : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`
      ).join("") + '"';
  });
  const ending = random.pick(["\r\n", "\n", " \r\n", "\t\r\n"]);
  return quoted.join(random.pick([" ", "  ", "\t"])) + ending;
}

/** A request. */
function step(random: Random): Step {
  const asked = words(random);
  const sent = [spelled(asked[0], random), ...asked.slice(1)];
  const lower = [asked[0], ...asked.slice(1)];
  const bytes = random.oneIn(4) ? inline(sent, random) : command(...sent);
  return { bytes, words: lower };
}

/** What is sent over one connection. */
export function steps(random: Random): Step[] {
  // Redis forgets what it has answered before, and not sent.
  if (random.oneIn(40)) return [{ bytes: random.pick(WEB), words: [] }];
  const all = random.some(
    1,
    8,
    () =>
      random.oneIn(12)
        ? { bytes: random.pick(IGNORED), words: [] }
        : step(random),
  );
  if (random.oneIn(5)) {
    const bytes = random.pick(MALFORMED);
    all.push({ bytes, words: [] });
    // Whether a long line is given up depends on how much has come of it.
    if (bytes.length < 1000 && random.oneIn(2)) {
      all.push({ bytes: command("PING"), words: ["ping"] });
    }
  }
  return all;
}
