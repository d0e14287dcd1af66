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
import {
  answersTo,
  dataSet,
  fromLatin1,
  latin1,
  openSession,
} from "./converse.ts";
import { packet } from "./differential/binary_steps.ts";
import { recordsDataSet } from "./differential/records.ts";
import { binaryReplies } from "./differential/replies.ts";

const GET = 0, GETQ = 9, GETK = 0x0c, GETKQ = 0x0d, NOOP = 0x0a, STAT = 0x10;
const CAS = 1;

/** The packet of an answer; the version of the data is 1. */
function response(
  opcode: number,
  status: number,
  body: { extras?: string; key?: string; value?: string } = {},
  { opaque = 0, cas = 0 } = {},
): string {
  const bytes = latin1(
    packet({ opcode, ...body, opaque, cas, magic: 0x81 }),
  );
  bytes[6] = status >> 8;
  bytes[7] = status;
  return fromLatin1(bytes);
}

const hit = (opcode: number, opaque = 0) =>
  response(
    opcode,
    0,
    {
      extras: "\0\0\0\x07",
      key: opcode === GETK || opcode === GETKQ ? "hit:k" : "",
      value: "abc",
    },
    { opaque, cas: CAS },
  );
const noop = packet({ opcode: NOOP });
const done = response(NOOP, 0);
const refused = (opcode: number) => response(opcode, 5, { value: "read-only" });
const badArguments = (opcode: number) =>
  response(opcode, 4, { value: "Invalid arguments" });
const unknown = (opcode: number) =>
  response(opcode, 0x81, { value: "Unknown command" });

/** What is sent, and what is answered; the connection stays. */
const CASES: [name: string, sent: string, answered: string][] = [
  ["get, a hit", packet({ opcode: GET, key: "hit:k" }), hit(GET)],
  [
    "the opaque comes back",
    packet({ opcode: GET, key: "hit:k", opaque: 0xfedcba98 }),
    hit(GET, 0xfedcba98),
  ],
  [
    "flags of 32 bits",
    packet({ opcode: GET, key: "hit:n" }),
    response(GET, 0, { extras: "\xff\xff\xff\xff", value: "12345" }, {
      cas: CAS,
    }),
  ],
  [
    "get, a miss",
    packet({ opcode: GET, key: "none" }),
    response(GET, 1, { value: "Not found" }),
  ],
  ["getq, a hit", packet({ opcode: GETQ, key: "hit:k" }), hit(GETQ)],
  ["getq, a miss", packet({ opcode: GETQ, key: "none" }) + noop, done],
  ["getk, a hit", packet({ opcode: GETK, key: "hit:k" }), hit(GETK)],
  [
    "getk, a miss",
    packet({ opcode: GETK, key: "none" }),
    response(GETK, 1, { key: "none" }),
  ],
  ["getkq, a hit", packet({ opcode: GETKQ, key: "hit:k" }), hit(GETKQ)],
  ["getkq, a miss", packet({ opcode: GETKQ, key: "none" }) + noop, done],
  [
    "a key with zeros",
    packet({ opcode: GET, key: "\0\0" }),
    response(GET, 0, { extras: "\0\0\0\x02", value: "zeros" }, { cas: CAS }),
  ],
  ["noop", noop, done],
  [
    "version",
    packet({ opcode: 0x0b }),
    response(0x0b, 0, { value: "9.9.9" }),
  ],
  [
    "verbosity",
    packet({ opcode: 0x1b, extras: "\0\0\0\x01" }),
    response(0x1b, 0),
  ],
  [
    "unknown stat",
    packet({ opcode: STAT, key: "bogus" }),
    response(STAT, 1, { value: "Not found" }),
  ],
  ["stat reset", packet({ opcode: STAT, key: "reset" }), response(STAT, 0)],
  ["stat items", packet({ opcode: STAT, key: "items" }), response(STAT, 0)],
  ["an unknown opcode", packet({ opcode: 0x7f }) + noop, unknown(0x7f) + done],
  [
    "an unknown opcode with a body",
    packet({ opcode: 0x7f, extras: "1", key: "23", value: "456" }) + noop,
    unknown(0x7f) + done,
  ],
  ["SASL", packet({ opcode: 0x20 }), unknown(0x20)],
  [
    "SASL with a body",
    packet({ opcode: 0x21, key: "PLAIN", value: "x" }) + noop,
    unknown(0x21) + done,
  ],
  ...[1, 2, 3, 0x11, 0x12, 0x13].map((opcode): [string, string, string] => [
    `store ${opcode}`,
    packet({ opcode, extras: "12345678", key: "w", value: "abc" }) + noop,
    refused(opcode) + done,
  ]),
  ...[4, 0x14, 0x0e, 0x0f, 0x19, 0x1a].map((
    opcode,
  ): [string, string, string] => [
    `write ${opcode}`,
    packet({ opcode, key: "w" }) + noop,
    refused(opcode) + done,
  ]),
  ...[5, 6, 0x15, 0x16].map((opcode): [string, string, string] => [
    `count ${opcode}`,
    packet({ opcode, extras: "x".repeat(20), key: "w" }) + noop,
    refused(opcode) + done,
  ]),
  ...[0x1c, 0x1d, 0x1e, 0x23, 0x24].map((opcode): [string, string, string] => [
    `touch ${opcode}`,
    packet({ opcode, extras: "1234", key: "w" }) + noop,
    refused(opcode) + done,
  ]),
  ["flush", packet({ opcode: 8 }), refused(8)],
  ["flush later", packet({ opcode: 0x18, extras: "1234" }), refused(0x18)],
];

for (const [name, sent, answered] of CASES) {
  Deno.test(`binary ${name}: whole and byte by byte`, () => {
    for (const cut of [Infinity, 1, 5]) {
      const session = openSession({ current: recordsDataSet() });
      const actual = answersTo(session, sent, cut);
      assertEquals(actual, { answered, closed: false, unused: 0 });
    }
  });
}

/** What is answered before the connection is closed. */
const ENDS: [name: string, sent: string, answered: string][] = [
  ["quit", packet({ opcode: 7, opaque: 1 }), response(7, 0, {}, { opaque: 1 })],
  ["quitq", packet({ opcode: 0x17 }), ""],
  ["get without a key", packet({ opcode: GET }), badArguments(GET)],
  [
    "get with extras",
    packet({ opcode: GET, key: "hit:k", extras: "1234" }),
    badArguments(GET),
  ],
  [
    "get with a value",
    packet({ opcode: GETQ, key: "hit:k", value: "1" }),
    badArguments(GETQ),
  ],
  [
    "get with a body of a gigabyte",
    packet({ opcode: GET, key: "hit:k", bodyLength: 2 ** 30 }),
    badArguments(GET),
  ],
  [
    "a key of 251 bytes",
    packet({ opcode: GET, key: "x".repeat(251) }),
    badArguments(GET),
  ],
  [
    "set without extras",
    packet({ opcode: 1, key: "w", value: "abc" }),
    badArguments(1),
  ],
  ["noop with a key", packet({ opcode: NOOP, key: "k" }), badArguments(NOOP)],
  [
    "a body that is shorter than its key",
    packet({ opcode: GET, key: "hit:k", bodyLength: 4 }),
    unknown(GET),
  ],
  ["a wrong magic", packet({ opcode: GET, magic: 0x81 }), ""],
];

for (const [name, sent, answered] of ENDS) {
  Deno.test(`binary ${name} closes the connection`, () => {
    for (const cut of [Infinity, 1, 24]) {
      const session = openSession({ current: recordsDataSet() });
      const actual = answersTo(session, noop + sent + noop, cut);
      assertEquals(actual.answered, done + answered);
      assert(actual.closed);
    }
  });
}

Deno.test("the first byte decides between binary and text", () => {
  const handler = { current: recordsDataSet() };
  const hits = "VALUE hit:k 7 3\r\nabc\r\nEND\r\n";
  assertEquals(answersTo(openSession(handler), "get hit:k\r\n").answered, hits);
  assertEquals(answersTo(openSession(handler), noop).answered, done);
  // Later on, the other protocol is just wrong.
  const { answered, closed } = answersTo(
    openSession(handler),
    noop + "get hit:k\r\n" + " ".repeat(24),
  );
  assertEquals({ answered, closed }, { answered: done, closed: true });
  const version = packet({ opcode: 0x0b });
  assertEquals(
    answersTo(openSession(handler), `mn\r\n${version}\r\n`).answered,
    "MN\r\nERROR\r\n",
  );
});

Deno.test("a first byte of 0x81 is text, and gets no answer", () => {
  const session = openSession({ current: recordsDataSet() });
  const sent = packet({ opcode: GET, key: "k", magic: 0x81 });
  assertEquals(answersTo(session, sent), {
    answered: "",
    closed: false,
    unused: sent.length,
  });
});

Deno.test("a long value of a get pauses, and keeps its data set", () => {
  const value = "x".repeat(REPLY_LIMIT * 2 + 5);
  const handler = { current: dataSet({ k: value }) };
  const session = openSession(handler);
  const request = latin1(packet({ opcode: GETK, key: "k" }));
  const reply = new Reply();
  let answered = "", turns = 0;
  do {
    reply.clear();
    const used = session.consume(request, 0, request.length, reply);
    assertEquals(used, session.next === Next.Resume ? 0 : request.length);
    answered += fromLatin1(reply.bytes.subarray(0, reply.length));
    if (turns++ === 0) {
      assertEquals(session.held, handler.current);
      handler.current = dataSet({ k: "new" });
    }
  } while (session.next === Next.Resume);
  const extras = "\0\0\0\0";
  const expected = response(GETK, 0, { extras, key: "k", value }, { cas: CAS });
  assertEquals(answered === expected, true);
  assertEquals([turns, session.held], [3, undefined]);
});

Deno.test("a long pipeline is answered in turns", () => {
  const session = openSession({ current: recordsDataSet() });
  const request = latin1(packet({ opcode: GET, key: "hit:large" }).repeat(50));
  let answers = 0, start = 0;
  do {
    const reply = new Reply();
    start += session.consume(request, start, request.length, reply);
    assert(reply.length <= REPLY_LIMIT * 2);
    answers += binaryReplies(fromLatin1(reply.bytes.subarray(0, reply.length)))
      .length;
  } while (session.next === Next.Resume);
  assertEquals([answers, start], [50, request.length]);
});

Deno.test("the value of a binary write is dropped as it comes", () => {
  const session = openSession({ current: recordsDataSet() });
  const value = "x".repeat(5_000_000);
  const set = packet({ opcode: 1, extras: "12345678", key: "w", value });
  assertEquals(
    answersTo(session, set + noop, 65_536).answered,
    refused(1) + done,
  );
});

Deno.test("stat gives a packet for each row, and an empty one", () => {
  for (const name of ["", "settings"]) {
    const session = openSession({ current: recordsDataSet() });
    const { answered } = answersTo(
      session,
      packet({ opcode: STAT, key: name, opaque: 3 }),
    );
    const rows = binaryReplies(answered);
    assertEquals(rows.pop(), response(STAT, 0, {}, { opaque: 3 }));
    assert(rows.length > 20);
    assert(rows.some((row) => row.slice(24) === "max_connections7") === !name);
  }
});

Deno.test("binary requests are counted", () => {
  const counters = createCounters();
  const session = openSession({ current: recordsDataSet() }, counters);
  answersTo(
    session,
    packet({ opcode: GET, key: "hit:k" }) +
      packet({ opcode: GETQ, key: "none" }) + packet({ opcode: 4, key: "w" }),
  );
  assertEquals(counters[GETS], 2);
  assertEquals(counters[HITS], 1);
  assertEquals(counters[MISSES], 1);
  assertEquals(counters[WRITES_REFUSED], 1);
});

Deno.test("a key that has no room in memcached's buffer ends the connection", () => {
  const outcome = (length: number) => {
    const session = openSession({ current: dataSet({ k: "1" }) });
    const sent = packet({ opcode: 0, key: "k".repeat(length) });
    const { answered, closed } = answersTo(session, sent);
    return [answered.slice(24), closed];
  };
  // What memcached 1.6.18 does with each.
  assertEquals(outcome(250), ["Not found", false]);
  assertEquals(outcome(251), ["Invalid arguments", true]);
  assertEquals(outcome(16_360), ["Invalid arguments", true]);
  assertEquals(outcome(16_361), ["", true]);
  assertEquals(outcome(65_535), ["", true]);
});
