/** What a comparison with a real Redis cannot show. */

import { assert, assertEquals } from "@std/assert";
import type { DataSet } from "../../src/handler/data_set.ts";
import { HITS, MISSES, WRITES_REFUSED } from "../../src/protocol/counters.ts";
import { Next } from "../../src/protocol/protocol.ts";
import { Reply, REPLY_LIMIT } from "../../src/protocol/reply.ts";
import { RespProtocol } from "../../src/protocol/resp/resp.ts";
import { PasswordTable } from "../access/password_table.ts";
import { DataFileError } from "../../src/storage/storage.ts";
import { dataSet, fromLatin1, latin1 } from "./converse.ts";
import { answer, ask, context, openResp } from "./resp/converse.ts";
import { command, namespacedDataSet, serve } from "./resp/records.ts";
import { parseReplies } from "./resp/replies.ts";

const MANY = Object.fromEntries(
  Array.from({ length: 5000 }, (_, n) => [`key:${n}`, `value ${n}`]),
);

Deno.test("before there are data, reads are told to wait", () => {
  const session = openResp({ current: undefined });
  const loading = "-LOADING Redis is loading the dataset in memory\r\n";
  for (
    const words of [["GET", "k"], ["MGET", "k"], ["SCAN", "x"], ["PING"]]
  ) {
    assertEquals(ask(session, ...words), loading);
  }
  assert(ask(session, "INFO", "persistence").includes("loading:1\r\n"));
  assertEquals(ask(session, "ECHO", "x"), "$1\r\nx\r\n");
});

Deno.test("a value that is longer than a reply is given in turns, from one data set", () => {
  const long = "x".repeat(3 * REPLY_LIMIT);
  const handler = { current: dataSet({ k: long, l: "1" }) };
  const session = openResp(handler);
  const bytes = latin1(command("MGET", "k", "l", "k") + command("GET", "l"));
  const reply = new Reply();
  let text = "", at = 0, turns = 0;
  const first: DataSet = handler.current;
  do {
    at += session.consume(bytes, at, bytes.length, reply);
    assert(reply.length <= 2 * REPLY_LIMIT, `${reply.length} bytes in a turn`);
    text += fromLatin1(reply.bytes.subarray(0, reply.length));
    reply.clear();
    if (turns++ === 0) {
      assert(session.held === first);
      handler.current = dataSet({ k: "new", l: "2" });
      first.retire();
    }
  } while (session.next === Next.Resume);
  // The MGET is answered from the old data set, the GET from the new one.
  assertEquals(parseReplies(text), [[`$${long}`, "$1", `$${long}`], "$2"]);
  assertEquals(session.held, undefined);
  assert(turns > 5);
});

Deno.test("so is a long part of a value", () => {
  const long = "0123456789".repeat(REPLY_LIMIT / 4);
  const session = openResp({ current: dataSet({ k: long, l: "1" }) });
  const bytes = latin1(command("GETRANGE", "k", "7", "-8") + "GET l\r\n");
  const reply = new Reply();
  let text = "", at = 0;
  do {
    at += session.consume(bytes, at, bytes.length, reply);
    assert(reply.length <= REPLY_LIMIT + 100, `${reply.length} in a turn`);
    text += fromLatin1(reply.bytes.subarray(0, reply.length));
    reply.clear();
    // Others ask between its turns.
    ask(openResp({ current: dataSet({ l: "22" }) }), "STRLEN", "l");
  } while (session.next === Next.Resume);
  assertEquals(parseReplies(text), [`$${long.slice(7, -7)}`, "$1"]);
});

Deno.test("a request for very many keys is answered in turns", () => {
  const session = openResp({ current: dataSet(MANY) });
  const keys = Array.from({ length: 20_000 }, (_, n) => `key:${n}`);
  const request = latin1(command("EXISTS", ...keys));
  const reply = new Reply();
  let at = 0, turns = 0;
  do {
    at += session.consume(request, at, request.length, reply);
    // What has been used is somebody else's: the answer may not look at it.
    if (turns++ === 0) request.fill(0, 0, at);
  } while (session.next === Next.Resume);
  assertEquals(fromLatin1(reply.bytes.subarray(0, reply.length)), ":5000\r\n");
  assert(turns > 3);
  const one = command("COMMAND", "INFO", ...keys.map(() => "get"));
  assertEquals(parseReplies(answer(session, one))[0].length, 20_000);
});

Deno.test("a pipeline gets its answers in turns, and in order", () => {
  const session = openResp({ current: dataSet(MANY) });
  const keys = Object.keys(MANY);
  const replies = parseReplies(
    answer(session, keys.map((key) => command("GET", key)).join("")),
  );
  assertEquals(replies, Object.values(MANY).map((value) => `$${value}`));
});

Deno.test("KEYS and SCAN give every key once, whatever the number", () => {
  const session = openResp({ current: dataSet(MANY) });
  const all = Object.keys(MANY).sort();
  const [keys] = parseReplies(ask(session, "KEYS", "*"));
  assertEquals((keys as string[]).map((key) => key.slice(1)).sort(), all);
  for (const count of ["7", "1000", "100000"]) {
    const seen: string[] = [];
    let cursor = "0", calls = 0;
    do {
      const [[next, some]] = parseReplies(
        ask(session, "SCAN", cursor, "COUNT", count),
      ) as [[string, string[]]];
      seen.push(...some.map((key) => key.slice(1)));
      cursor = next.slice(1);
      calls++;
    } while (cursor !== "0");
    assertEquals(seen.sort(), all);
    assertEquals(calls, Math.floor(all.length / Number(count)) + 1);
  }
});

Deno.test("a cursor goes on in another connection, and ends after a swap", () => {
  const handler = { current: dataSet(MANY) };
  const protocol = new RespProtocol();
  const open = () => protocol.open(context([{ name: "default", handler }]));
  const seen = new Set<string>();
  let cursor = "0", calls = 0;
  do {
    const [[next, some]] = parseReplies(
      ask(open(), "SCAN", cursor, "COUNT", "1500"),
    ) as [[string, string[]]];
    for (const key of some) seen.add(key);
    cursor = next.slice(1);
    if (++calls === 2) {
      const former = handler.current;
      handler.current = dataSet(MANY);
      former.retire();
    }
  } while (cursor !== "0");
  assertEquals(calls, 4);
  assertEquals(seen.size, 5000);
});

Deno.test("hashes are the namespaces, and a field has a key of its own", () => {
  const session = openResp({ current: namespacedDataSet() });
  assertEquals(ask(session, "HGET", "users", "1"), "$3\r\none\r\n");
  assertEquals(ask(session, "GET", "users:1"), "$3\r\none\r\n");
  assertEquals(ask(session, "TYPE", "users:1"), "+string\r\n");
  assertEquals(ask(session, "EXISTS", "users", "users:1", "x"), ":2\r\n");
  assertEquals(ask(session, "DBSIZE"), ":3\r\n");
});

Deno.test("SELECT chooses a database by its place, and holds on to its name", () => {
  const databases = [
    { name: "users", handler: { current: dataSet({ k: "user" }) } },
    { name: "items", handler: { current: dataSet({ k: "item" }) } },
  ];
  const session = new RespProtocol().open(context(databases));
  assertEquals(ask(session, "GET", "k"), "$4\r\nuser\r\n");
  assertEquals(ask(session, "SELECT", "1"), "+OK\r\n");
  assertEquals(ask(session, "GET", "k"), "$4\r\nitem\r\n");
  databases.unshift({
    name: "new",
    handler: { current: dataSet({ k: "new" }) },
  });
  assertEquals(ask(session, "GET", "k"), "$4\r\nitem\r\n");
  databases.pop();
  assert(ask(session, "GET", "k").startsWith("-LOADING"));
  assertEquals(ask(session, "RESET"), "+RESET\r\n");
  assertEquals(ask(session, "GET", "k"), "$3\r\nnew\r\n");
});

Deno.test("with users, a password comes first", () => {
  const handler = { current: dataSet({ k: "1" }) };
  const { logins } = new PasswordTable({ default: "secret" });
  const open = () =>
    new RespProtocol().open(
      context([{ name: "default", handler }], { logins }),
    );
  const session = open();
  const noAuth = "-NOAUTH Authentication required.\r\n";
  assertEquals(ask(session, "GET", "k"), noAuth);
  assertEquals(ask(session, "SET", "k", "v"), noAuth);
  assertEquals(ask(session, "PING"), noAuth);
  assert(ask(session, "HELLO", "3").startsWith("-NOAUTH HELLO must be"));
  const wrong =
    "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
  assertEquals(ask(session, "AUTH", "wrong"), wrong);
  assertEquals(ask(session, "AUTH", "other", "secret"), wrong);
  assertEquals(ask(session, "AUTH", "secret"), "+OK\r\n");
  assertEquals(ask(session, "GET", "k"), "$1\r\n1\r\n");
  assertEquals(ask(session, "RESET"), "+RESET\r\n");
  assertEquals(ask(session, "GET", "k"), noAuth);

  const other = open();
  const hello = ask(other, "HELLO", "3", "AUTH", "default", "secret");
  assert(hello.startsWith("%7\r\n"));
  // A stranger may not send what takes much memory.
  const rude = open();
  assertEquals(
    answer(rude, "*11\r\n"),
    "-ERR Protocol error: unauthenticated multibulk length\r\n",
  );
  assertEquals(rude.next, Next.Close);
  assertEquals(
    answer(open(), "*1\r\n$16385\r\n"),
    "-ERR Protocol error: unauthenticated bulk length\r\n",
  );
});

Deno.test("the value of a write passes by without being kept", () => {
  const handler = { current: dataSet({ k: "1" }) };
  const surroundings = context([{ name: "default", handler }]);
  const session = new RespProtocol().open(surroundings);
  const reply = new Reply();
  const give = (bytes: Uint8Array) =>
    bytes.length - session.consume(bytes, 0, bytes.length, reply);
  const send = (text: string) => give(latin1(text));
  const length = 100 * 1024 * 1024;
  assertEquals(send(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${length}\r\n`), 0);
  const piece = new Uint8Array(1024 * 1024);
  for (let n = 0; n < 100; n++) assertEquals(give(piece), 0);
  assertEquals(send("\r\n" + command("GET", "k")), 0);
  assertEquals(
    fromLatin1(reply.bytes.subarray(0, reply.length)),
    "-READONLY You can't write against a read only replica.\r\n$1\r\n1\r\n",
  );
  assertEquals(surroundings.counters[WRITES_REFUSED], 1);
});

Deno.test("a request that is too large to keep ends the connection", () => {
  const session = openResp({ current: dataSet({ k: "1" }) });
  assertEquals(
    answer(session, "*2\r\n$3\r\nGET\r\n$500000000\r\n"),
    "-ERR Protocol error: a request of more than 16777216 bytes\r\n",
  );
  assertEquals(session.next, Next.Close);
});

Deno.test("hits and misses are counted", () => {
  const handler = { current: dataSet({ k: "1" }) };
  const surroundings = context([{ name: "default", handler }]);
  const session = new RespProtocol().open(surroundings);
  ask(session, "MGET", "k", "nope", "k");
  ask(session, "GET", "nope");
  ask(session, "EXISTS", "k");
  const { counters } = surroundings;
  assertEquals([counters[HITS], counters[MISSES]], [3, 2]);
});

Deno.test("damage is an error, and the connection goes on", () => {
  const current = dataSet({ k: "1", bad: "2" });
  const { find } = current.snapshot;
  current.snapshot.find = (bytes, start, end, value) => {
    if (end - start === 3) throw new DataFileError("test", "page 7 is damaged");
    return find.call(current.snapshot, bytes, start, end, value);
  };
  const told: string[] = [];
  const session = new RespProtocol().open(
    context([{ name: "default", handler: { current } }], {
      onDamage: (error) => told.push(error.message),
    }),
  );
  const damaged = "-ERR the data file is damaged at this key\r\n";
  assertEquals(ask(session, "GET", "bad"), damaged);
  assertEquals(ask(session, "MGET", "k", "bad", "k"), damaged);
  assertEquals(ask(session, "GET", "k"), "$1\r\n1\r\n");
  assertEquals(told, ["test: page 7 is damaged", "test: page 7 is damaged"]);
});

Deno.test("INFO and COMMAND tell of this server", () => {
  const handler = { current: dataSet({ k: "1" }) };
  const session = openResp(handler);
  const [info] = parseReplies(ask(session, "INFO")) as [string];
  assert(info.includes("\r\nredis_version:7.0.15\r\n"));
  assert(info.includes("\r\ndb0:keys=1,expires=0,avg_ttl=0\r\n"));
  assert(info.includes("\r\ndb0_sum:0000000000000002"));
  assert(info.includes("\r\ndb0_file_changes:0\r\ndb0_state:intact\r\n"));
  const [count] = parseReplies(ask(session, "COMMAND", "COUNT")) as [string];
  const [all] = parseReplies(ask(session, "COMMAND"));
  assertEquals(all.length, Number(count.slice(1)));
  const [docs] = parseReplies(ask(session, "COMMAND", "DOCS", "get", "nope"));
  assertEquals(docs[0], "$get");
  assertEquals(docs.length, 2);
});

Deno.test("what is too long for a command is refused, and the connection goes on", () => {
  const session = openResp({ current: dataSet({ k: "1" }) });
  const long = "x".repeat(600_000);
  const tooLong = "-ERR an argument is longer than 524288 bytes\r\n";
  assertEquals(ask(session, "GET", long), tooLong);
  assertEquals(ask(session, "MGET", "k", long, "k"), tooLong);
  assertEquals(ask(session, "INFO", long), tooLong);
  assertEquals(
    ask(session, "KEYS", "x".repeat(65_537)),
    "-ERR pattern is longer than 65536 bytes\r\n",
  );
  assertEquals(
    ask(session, "SCAN", "0", "MATCH", "x".repeat(65_537)),
    "-ERR pattern is longer than 65536 bytes\r\n",
  );
  assertEquals(
    ask(session, "CLIENT", "SETNAME", "x".repeat(1025)),
    "-ERR a client's name is longer than 1024 bytes\r\n",
  );
  const options = new Array(20).fill(["SETNAME", "x"]).flat();
  assertEquals(ask(session, "HELLO", "3", ...options), "-ERR syntax error\r\n");
  assertEquals(ask(session, "SET", "k", long).slice(0, 9), "-READONLY");
  assertEquals(ask(session, "GET", "k"), "$1\r\n1\r\n");
});

Deno.test("a message of any length is returned, in turns", () => {
  const session = openResp({ current: dataSet({ k: "1" }) });
  for (const length of [600_000, REPLY_LIMIT, REPLY_LIMIT + 1]) {
    const message = "x".repeat(length);
    for (const name of ["ECHO", "PING"]) {
      const [reply] = parseReplies(ask(session, name, message));
      assertEquals(reply === `$${message}`, true);
    }
  }
});

Deno.test("a field of any length is given by HSCAN, in turns", () => {
  const long = "x".repeat(3 * REPLY_LIMIT);
  const hashes = new Map([["h", { a: "1", long, z: "2" }]]);
  const session = openResp({ current: serve(hashes) });
  const found: Record<string, string> = {};
  let cursor = "0";
  do {
    const [reply] = parseReplies(ask(session, "HSCAN", "h", cursor));
    const [next, items] = reply as [string, string[]];
    cursor = next.slice(1);
    for (let n = 0; n < items.length; n += 2) {
      found[items[n].slice(1)] = items[n + 1].slice(1);
    }
  } while (cursor !== "0");
  assertEquals(Object.keys(found).sort(), ["a", "long", "z"]);
  assertEquals(found.long === long, true);
});

Deno.test("a web request closes the connection, whoever sends it, and is told", () => {
  for (
    const sent of [
      "POST / HTTP/1.1\r\nHost: x\r\n\r\nGET k\r\n",
      "hOsT: x\r\nGET k\r\n",
      command("post") + command("GET", "k"),
    ]
  ) {
    const told: string[] = [];
    const handler = { current: dataSet({ k: "1" }) };
    const session = new RespProtocol().open(
      context([{ name: "default", handler }], {
        onWebRequest: (address) => told.push(address),
      }),
    );
    assertEquals(answer(session, sent), "");
    assertEquals(session.next, Next.Close);
    assertEquals(told.length, 1);
  }
});
