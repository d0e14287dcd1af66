/**
 * Each command of each protocol at its worst: with as many and as long arguments
 * as it can have, or as often as a client can send it at a time.
 */

import { ADMIN } from "../../src/protocol/memcached/admin.ts";
import { COMMANDS as PACKETS } from "../../src/protocol/memcached/binary_commands.ts";
import { META_WRITES } from "../../src/protocol/memcached/meta_writes.ts";
import { REPORTS } from "../../src/protocol/memcached/stats.ts";
import { WRITES as LINES } from "../../src/protocol/memcached/writes.ts";
import { WRITES } from "../../src/protocol/resp/writes.ts";
import { packet } from "./differential/binary_steps.ts";
import { command } from "./resp/records.ts";

/** So many requests are sent at once. */
export const MANY = 20_000;

/** So many arguments a request has. */
const ARGUMENTS = 1_000_000;

/** So many records there are, `key-0` and so on; and `long`. */
export const RECORDS = 20_000;

/** The length of the value of `long`, in bytes. */
export const LONG_VALUE = 3_000_000;

/** What a client may send. */
export interface Worst {
  /** The commands that it stands for. */
  readonly of: readonly string[];
  /** Whether the keys are hashes, `ns-0` and so on; `ns-0` has all records. */
  readonly hashes?: true;
  /** What is sent, a character a byte. */
  readonly sent: () => string;
}

const pipelined = (...words: string[]) => () => command(...words).repeat(MANY);

/** A command with the same argument a million times. */
const withArguments = (...words: string[]) => () => {
  const last = words.pop()!;
  const head = command(...words).replace(
    /^\*\d+/,
    `*${words.length + ARGUMENTS}`,
  );
  return head + `$${last.length}\r\n${last}\r\n`.repeat(ARGUMENTS);
};

const LONG_KEY = "k".repeat(500_000);
const LONG_CLASS = "[" + "a".repeat(65_000) + "]*";
const STARS = "*k*e*y*-*1*".repeat(5000) + "!";

/** Redis' protocol. */
export const RESP: Readonly<Record<string, Worst>> = {
  "GET": { of: ["get"], sent: pipelined("GET", "key-1") },
  "GET of what is not there": { of: ["get"], sent: pipelined("GET", "nope") },
  "GET of long keys": {
    of: ["get"],
    sent: () => command("GET", LONG_KEY).repeat(30),
  },
  "GET of a long value": {
    of: ["get"],
    sent: () => command("GET", "long").repeat(100),
  },
  "MGET of a million keys": { of: ["mget"], sent: withArguments("MGET", "a") },
  "MGET of long values": {
    of: ["mget"],
    sent: () => command("MGET", ...new Array(100).fill("long")),
  },
  "EXISTS of a million keys": {
    of: ["exists"],
    sent: withArguments("EXISTS", "key-1"),
  },
  "STRLEN": { of: ["strlen"], sent: pipelined("STRLEN", "key-1") },
  "GETRANGE": {
    of: ["getrange", "substr"],
    sent: () => command("GETRANGE", "long", "0", "-1").repeat(100),
  },
  "TTL": { of: ["ttl", "pttl"], sent: pipelined("TTL", "key-1") },
  "TYPE": { of: ["type"], sent: pipelined("TYPE", "key-1") },
  "TYPE of a hash": {
    of: ["type"],
    hashes: true,
    sent: pipelined("TYPE", "ns-0"),
  },
  "HGET": { of: ["hget"], hashes: true, sent: pipelined("HGET", "ns-0", "x") },
  "HMGET of a million fields": {
    of: ["hmget"],
    hashes: true,
    sent: withArguments("HMGET", "ns-0", "key-1"),
  },
  "HEXISTS": {
    of: ["hexists", "hstrlen"],
    hashes: true,
    sent: pipelined("HEXISTS", "ns-0", "key-1"),
  },
  "HLEN": { of: ["hlen"], hashes: true, sent: pipelined("HLEN", "ns-0") },
  "HKEYS": { of: ["hkeys"], hashes: true, sent: pipelined("HKEYS", "ns-0") },
  "HSCAN": {
    of: ["hscan"],
    hashes: true,
    sent: pipelined("HSCAN", "ns-0", "0", "MATCH", "nope", "COUNT", "1000000"),
  },
  "DBSIZE": { of: ["dbsize"], sent: pipelined("DBSIZE") },
  "DBSIZE of hashes": {
    of: ["dbsize"],
    hashes: true,
    sent: pipelined("DBSIZE"),
  },
  "RANDOMKEY": { of: ["randomkey"], sent: pipelined("RANDOMKEY") },
  "RANDOMKEY of hashes": {
    of: ["randomkey"],
    hashes: true,
    sent: pipelined("RANDOMKEY"),
  },
  "KEYS": { of: ["keys"], sent: pipelined("KEYS", "*") },
  "KEYS of hashes": {
    of: ["keys"],
    hashes: true,
    sent: pipelined("KEYS", "*"),
  },
  "KEYS with a long class": {
    of: ["keys"],
    sent: () => command("KEYS", LONG_CLASS).repeat(30),
  },
  "KEYS with many stars": {
    of: ["keys"],
    sent: () => command("KEYS", STARS).repeat(30),
  },
  "KEYS with a pattern of 15 MB": {
    of: ["keys"],
    sent: () => command("KEYS", "[" + "a".repeat(15_000_000)),
  },
  "SCAN": { of: ["scan"], sent: pipelined("SCAN", "0") },
  "SCAN of all, that finds nothing": {
    of: ["scan"],
    sent: pipelined("SCAN", "0", "COUNT", "1000000", "MATCH", "nope"),
  },
  "SCAN from beyond the end": {
    of: ["scan"],
    sent: pipelined("SCAN", "18446744073709551615"),
  },
  "SCAN with a million options": {
    of: ["scan"],
    sent: withArguments("SCAN", "0", "COUNT"),
  },
  "PING": { of: ["ping"], sent: pipelined("PING") },
  "ECHO of 15 MB": {
    of: ["echo"],
    sent: () => command("ECHO", "x".repeat(15_000_000)),
  },
  "SELECT": { of: ["select"], sent: pipelined("SELECT", "0") },
  "AUTH": { of: ["auth"], sent: pipelined("AUTH", "default", "x") },
  "HELLO": { of: ["hello"], sent: pipelined("HELLO", "3") },
  "HELLO with a million options": {
    of: ["hello"],
    sent: withArguments("HELLO", "3", "SETNAME"),
  },
  "RESET": { of: ["reset"], sent: pipelined("RESET") },
  "QUIT": { of: ["quit"], sent: pipelined("QUIT") },
  "CLIENT LIST": { of: ["client"], sent: pipelined("CLIENT", "LIST") },
  "CLIENT SETNAME": {
    of: ["client"],
    sent: () => command("CLIENT", "SETNAME", "n".repeat(500_000)).repeat(30),
  },
  "INFO": { of: ["info"], sent: pipelined("INFO") },
  "INFO of a million sections": {
    of: ["info"],
    sent: withArguments("INFO", "stats"),
  },
  "CONFIG GET": { of: ["config"], sent: pipelined("CONFIG", "GET", "*") },
  "CONFIG GET of a million parameters": {
    of: ["config"],
    sent: withArguments("CONFIG", "GET", "*"),
  },
  "COMMAND": { of: ["command"], sent: pipelined("COMMAND") },
  "COMMAND DOCS": { of: ["command"], sent: pipelined("COMMAND", "DOCS") },
  "COMMAND DOCS of a million commands": {
    of: ["command"],
    sent: withArguments("COMMAND", "DOCS", "get"),
  },
  "COMMAND INFO of a million commands": {
    of: ["command"],
    sent: withArguments("COMMAND", "INFO", "get"),
  },
  "READONLY": { of: ["readonly", "cluster"], sent: pipelined("READONLY") },
  "LRANGE": {
    of: [
      ...["llen", "lindex", "lrange", "scard", "sismember", "smembers"],
      ...["zcard", "zscore", "zrank", "zrevrank", "xlen"],
    ],
    sent: pipelined("LRANGE", "nope", "0", "-1"),
  },
  "ZMSCORE of a million members": {
    of: ["zmscore", "smismember"],
    sent: withArguments("ZMSCORE", "nope", "x"),
  },
  "SUNION of a million keys": {
    of: ["sinter", "sunion", "sdiff"],
    sent: withArguments("SUNION", "nope"),
  },
  "POST": { of: [], sent: pipelined("POST", "/") },
  "writes": {
    of: WRITES.all.map(({ name }) => name),
    sent: () => {
      const all = WRITES.all.map(({ name, arity }) =>
        command(name, ...new Array(Math.abs(arity) - 1).fill("x"))
      ).join("");
      return all.repeat(Math.ceil(MANY / WRITES.all.length));
    },
  },
  "a write of a million arguments": {
    of: ["mset"],
    sent: withArguments("MSET", "x"),
  },
  "unknown commands": { of: [], sent: pipelined("NOSUCH", "x", "y") },
  "an unknown command of a million arguments": {
    of: [],
    sent: withArguments("NOSUCH", ""),
  },
  "an unknown command of 15 MB": {
    of: [],
    sent: () => command("x".repeat(15_000_000)),
  },
  "inline commands": { of: [], sent: () => "PING\r\n".repeat(MANY) },
  "long inline commands": {
    of: [],
    sent: () => `ECHO ${"\\x41".repeat(16_000)}\r\n`.repeat(100),
  },
  "empty lines": { of: [], sent: () => "\r\n".repeat(10 * MANY) },
  "empty arrays": { of: [], sent: () => "*0\r\n".repeat(10 * MANY) },
  "a line without an end": { of: [], sent: () => "*" + "1".repeat(70_000) },
};

const lines = (line: string) => () => `${line}\r\n`.repeat(MANY);

/** memcached's text protocol. */
export const TEXT: Readonly<Record<string, Worst>> = {
  "get": { of: ["get"], sent: lines("get key-1") },
  "get of what is not there": { of: ["get"], sent: lines("get nope") },
  "get of 1 MB of keys": {
    of: ["get"],
    sent: () => `get ${"k ".repeat(520_000)}\r\n`.repeat(8),
  },
  "get of 1 MB of long keys": {
    of: ["get"],
    sent: () => `get ${`a ${"k".repeat(250)} `.repeat(4100)}\r\n`.repeat(8),
  },
  "gets of a long value": { of: ["gets"], sent: () => lines("gets long")() },
  "mg": { of: ["mg"], sent: lines("mg key-1 s v f c k t h l O123456") },
  "mg of base64": { of: ["mg"], sent: lines(`mg ${btoa("key-1")} b k v`) },
  "mg with long tokens": {
    of: ["mg"],
    sent: () => `mg key-1 C${"9".repeat(1900)} v\r\n`.repeat(4000),
  },
  "mg of a long value": { of: ["mg"], sent: lines("mg long v") },
  "me": { of: ["me"], sent: lines("me key-1") },
  "mn": { of: ["mn"], sent: lines("mn") },
  "version": { of: ["version"], sent: lines("version") },
  "quit": { of: ["quit"], sent: lines("quit") },
  ...Object.fromEntries(
    [...REPORTS.keys(), "reset", "detail dump", "cachedump"].map((report) => [
      `stats ${report}`,
      { of: ["stats", `stats ${report}`], sent: lines(`stats ${report}`) },
    ]),
  ),
  ...Object.fromEntries(
    [...LINES.keys()].map((name) => [
      name,
      { of: [name], sent: lines(`${name} key 0 0 1 2\r\nx`) },
    ]),
  ),
  ...Object.fromEntries(
    [...META_WRITES.keys()].map((letter) => [
      `m${letter}`,
      { of: [`m${letter}`], sent: lines(`m${letter} key 1 T0 F1\r\nx`) },
    ]),
  ),
  ...Object.fromEntries(
    [...ADMIN.keys()].map((name) => [
      name,
      { of: [name], sent: lines(`${name} 1 2 3`) },
    ]),
  ),
  "a write of 100 MB, as far as it comes": {
    of: ["set"],
    sent: () => `set k 0 0 100000000\r\n${"x".repeat(15_000_000)}`,
  },
  "unknown commands": { of: [], sent: lines("nosuch x y") },
  "lines of many words": { of: [], sent: lines("x ".repeat(500)) },
  "empty lines": { of: [], sent: () => "\r\n".repeat(10 * MANY) },
  "an endless line": { of: [], sent: () => "x".repeat(1_000_000) },
  "an endless get": { of: ["get"], sent: () => `get ${"x".repeat(2_000_000)}` },
};

/** memcached's binary protocol, by opcode. */
export const BINARY: Readonly<Record<string, Worst>> = {
  ...Object.fromEntries(
    [...PACKETS].map(([opcode, { extras, key }]) => [
      `opcode ${opcode}`,
      {
        of: [String(opcode)],
        sent: () =>
          packet({
            opcode,
            extras: "\0".repeat(extras[0]),
            key: key === true ? "key-1" : "",
          }).repeat(MANY),
      },
    ]),
  ),
  "get of a long value": {
    of: ["0"],
    sent: () => packet({ opcode: 0, key: "long" }).repeat(MANY),
  },
  "quiet gets of what is not there": {
    of: ["9"],
    sent: () => packet({ opcode: 9, key: "nope" }).repeat(MANY),
  },
  "an unknown opcode": {
    of: [],
    sent: () => packet({ opcode: 0x7f }).repeat(MANY),
  },
  "a value of 15 MB": {
    of: ["1"],
    sent: () =>
      packet({
        opcode: 1,
        extras: "\0".repeat(8),
        key: "k",
        value: "x".repeat(15_000_000),
      }),
  },
};
