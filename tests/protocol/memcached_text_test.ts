import { assert, assertEquals } from "@std/assert";
import {
  createCounters,
  GETS,
  HITS,
  MISSES,
  WRITES_REFUSED,
} from "../../src/protocol/counters.ts";
import { Next } from "../../src/protocol/protocol.ts";
import { Reply, REPLY_LIMIT } from "../../src/protocol/reply.ts";
import { answersTo, dataSet, latin1, openSession } from "./converse.ts";

const RECORDS = { k: "abc", e: "" };

const ok = "VALUE k 0 3\r\nabc\r\n";
const long = (length: number) => "x".repeat(length);
const readOnly = "CLIENT_ERROR read-only\r\n";
const badLine = "CLIENT_ERROR bad command line format\r\n";

/** What is sent, and what memcached 1.6.18 answers, but for writes. */
const CASES: [name: string, sent: string, answered: string][] = [
  ["a hit", "get k\r\n", `${ok}END\r\n`],
  ["a miss", "get nope\r\n", "END\r\n"],
  ["an empty value", "get e\r\n", "VALUE e 0 0\r\n\r\nEND\r\n"],
  [
    "many keys, one of them twice",
    "get k e nope k\r\n",
    `${ok}VALUE e 0 0\r\n\r\n${ok}END\r\n`,
  ],
  ["the version of the data", "gets k\r\n", "VALUE k 0 3 1\r\nabc\r\nEND\r\n"],
  [
    "requests that arrive together",
    "get k\r\nget k\r\n",
    `${ok}END\r\n${ok}END\r\n`,
  ],
  ["a line that ends in LF alone", "get k\n", `${ok}END\r\n`],
  ["spaces before the command", " get k\r\n", `${ok}END\r\n`],
  ["spaces between words", "get  k\r\n", `${ok}END\r\n`],
  ["a space at the end", "get k \r\n", `${ok}END\r\n`],
  ["a NUL, which ends the line", "get k\0z\r\n", `${ok}END\r\n`],
  ["a NUL between keys", "get k \0k\r\n", `${ok}END\r\n`],
  ["a NUL in place of a key", "get \0k\r\n", "ERROR\r\n"],
  ["a tab, which is part of a key", "get k\tk\r\n", "END\r\n"],
  ["two CRs, of which one is part of a key", "get k\r\r\n", "END\r\n"],
  ["no key", "get\r\n", "ERROR\r\n"],
  ["no key but a space", "get \r\n", "ERROR\r\n"],
  ["gets without a key", "gets\r\n", "ERROR\r\n"],
  ["an upper-case command", "GET k\r\n", "ERROR\r\n"],
  ["a command that begins like one", "getx k\r\n", "ERROR\r\n"],
  ["an empty line", "\r\n", "ERROR\r\n"],
  ["an unknown command", "foo\r\n", "ERROR\r\n"],
  ["a key of 250 bytes", `get ${long(250)}\r\n`, "END\r\n"],
  ["a key of 251 bytes", `get ${long(251)}\r\n`, badLine],
  ["a key of 251 bytes behind a hit", `get k ${long(251)} k\r\n`, badLine],
  ["version", "version\r\n", "VERSION 9.9.9\r\n"],
  ["version with an argument", "version x\r\n", "VERSION 9.9.9\r\n"],
  ["verbosity", "verbosity 1\r\n", "OK\r\n"],
  ["verbosity without a level", "verbosity\r\n", "ERROR\r\n"],
  ["verbosity with noreply", "verbosity 1 noreply\r\n", ""],
  ["verbosity that is no number", "verbosity x\r\n", badLine],
  ["unknown stats", "stats bogus\r\n", "ERROR\r\n"],
  ["stats reset", "stats reset\r\n", "RESET\r\n"],
];

for (const [name, sent, answered] of CASES) {
  Deno.test(`${name}: whole and byte by byte`, () => {
    for (const cut of [Infinity, 1, 3]) {
      const session = openSession({ current: dataSet(RECORDS) });
      const actual = answersTo(session, sent, cut);
      assertEquals(actual, { answered, closed: false, unused: 0 });
    }
  });
}

Deno.test("quit closes, and what follows it is not answered", () => {
  for (const quit of ["quit\r\n", "quit x\r\n"]) {
    const session = openSession({ current: dataSet(RECORDS) });
    const { answered, closed } = answersTo(
      session,
      `get k\r\n${quit}get k\r\n`,
    );
    assertEquals({ answered, closed }, {
      answered: `${ok}END\r\n`,
      closed: true,
    });
  }
});

Deno.test("an HTTP request closes the connection", () => {
  const session = openSession({ current: dataSet(RECORDS) });
  assert(answersTo(session, "POST / HTTP/1.1\r\n").closed);
});

Deno.test("a line without an end is given up unless it is a get", () => {
  for (
    const [line, closed] of [
      [long(2048), false],
      [long(2049), true],
      [`get ${long(3000)}`, false],
      [`gets ${long(3000)}`, false],
      [`getx ${long(3000)}`, true],
      [" ".repeat(100) + `get ${long(3000)}`, false],
      [" ".repeat(101) + `get ${long(3000)}`, true],
      [`get ${long(1024 * 1024)}`, true],
    ] as const
  ) {
    const session = openSession({ current: dataSet(RECORDS) });
    assertEquals(
      answersTo(session, line, 1000).closed,
      closed,
      line.slice(0, 120),
    );
  }
});

Deno.test("a get of many keys in a long line is served", () => {
  const session = openSession({ current: dataSet(RECORDS) });
  const { answered } = answersTo(
    session,
    `get${" k".repeat(20_000)}\r\n`,
    4096,
  );
  assertEquals(answered === ok.repeat(20_000) + "END\r\n", true);
});

Deno.test("before the first data set every key is a miss", () => {
  const session = openSession({ current: undefined });
  const { answered } = answersTo(session, `get${" k".repeat(10_000)}\r\n`);
  assertEquals(answered, "END\r\n");
});

Deno.test("a reply pauses before it grows beyond its limit", () => {
  const value = long(REPLY_LIMIT * 3 + 17);
  const session = openSession({ current: dataSet({ big: value }) });
  const request = latin1("get big big\r\n");
  let answered = 0, turns = 0;
  do {
    const reply = new Reply();
    const used = session.consume(request, 0, request.length, reply);
    assert(reply.length <= REPLY_LIMIT * 2);
    assertEquals(used, session.next === Next.Resume ? 0 : request.length);
    answered += reply.length;
    turns++;
  } while (session.next === Next.Resume);
  const header = `VALUE big 0 ${value.length}\r\n`.length;
  assertEquals(answered, 2 * (header + value.length + 2) + 5);
  assert(turns >= 6);
});

Deno.test("a paused reply goes on with the data set that it began with", () => {
  const old = dataSet({ a: long(REPLY_LIMIT + 1), b: "old" });
  const handler = { current: old };
  const session = openSession(handler);
  const request = latin1("get a b\r\n");
  const reply = new Reply();
  session.consume(request, 0, request.length, reply);
  assertEquals(session.next, Next.Resume);

  handler.current = dataSet({ a: "new", b: "new" });
  old.retire();
  let released = false;
  old.released.then(() => released = true);
  reply.clear();
  session.consume(request, 0, request.length, reply);
  const text = new TextDecoder().decode(reply.bytes.subarray(0, reply.length));
  assertEquals(text, "x\r\nVALUE b 0 3\r\nold\r\nEND\r\n");
  return Promise.resolve().then(() => assert(released));
});

Deno.test("a closed session lets go of the data set of a paused reply", async () => {
  const old = dataSet({ a: long(REPLY_LIMIT + 1) });
  const session = openSession({ current: old });
  const request = latin1("get a\r\n");
  session.consume(request, 0, request.length, new Reply());
  assertEquals(session.next, Next.Resume);
  old.retire();
  session.close();
  await old.released;
});

Deno.test("a key too long at the end of a long answer still fails it whole", () => {
  for (const records of [{ k: long(REPLY_LIMIT + 1) }, { k: long(1000) }]) {
    const session = openSession({ current: dataSet(records) });
    const sent = `get${" k".repeat(1000)} ${long(251)}\r\n`;
    assertEquals(answersTo(session, sent).answered, badLine);
  }
});

Deno.test("a data block of any length is dropped as it comes", () => {
  const session = openSession({ current: dataSet(RECORDS) });
  const block = long(5_000_000);
  const sent = `set k 0 0 ${block.length}\r\n${block}\r\nget k\r\n`;
  assertEquals(
    answersTo(session, sent, 65_536).answered,
    `${readOnly}${ok}END\r\n`,
  );
});

Deno.test("hits, misses and refused writes are counted", () => {
  const counters = createCounters();
  const session = openSession({ current: dataSet(RECORDS) }, counters);
  answersTo(
    session,
    "get k e nope\r\ngets k\r\nset k 0 0 1\r\na\r\ndelete k\r\n",
  );
  assertEquals(counters[GETS], 4);
  assertEquals(counters[HITS], 3);
  assertEquals(counters[MISSES], 1);
  assertEquals(counters[WRITES_REFUSED], 2);
});

Deno.test("what has no room in memcached's buffer ends the connection, but for a get", () => {
  const outcome = (line: string) => {
    const session = openSession({ current: dataSet(RECORDS) });
    const { answered, closed } = answersTo(session, `${line}\r\nmn\r\n`);
    return closed ? "closed" : answered;
  };
  // What memcached 1.6.18 does with each.
  assertEquals(outcome("f".repeat(16_382)), "ERROR\r\nMN\r\n");
  assertEquals(outcome("f".repeat(16_383)), "closed");
  assertEquals(outcome("mg none O1 ".padEnd(16_382)), "EN O1\r\nMN\r\n");
  assertEquals(outcome("mg none O1 ".padEnd(20_000)), "closed");
  assertEquals(outcome(`gat 0${" none".repeat(5000)}`), "closed");
  assertEquals(outcome(`GET${" none".repeat(5000)}`), "closed");
  for (const spaces of [0, 50, 100]) {
    const line = `${" ".repeat(spaces)}gets${" none".repeat(5000)}`;
    assertEquals(outcome(line), "END\r\nMN\r\n");
  }
  assertEquals(
    outcome(`${" ".repeat(101)}gets${" none".repeat(5000)}`),
    "closed",
  );
});
