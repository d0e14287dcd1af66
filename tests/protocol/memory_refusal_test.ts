/**
 * What a client is told whose request cannot be held, byte by byte, and whether
 * the conversation goes on.
 */

import { assert, assertEquals } from "@std/assert";
import { PasswordTable } from "../access/password_table.ts";
import {
  ConnectionMemory,
  createBudget,
  MemoryBudget,
} from "../../src/protocol/memory_budget.ts";
import {
  Next,
  type Protocol,
  type Session,
} from "../../src/protocol/protocol.ts";
import { Reply } from "../../src/protocol/reply.ts";
import {
  answersTo,
  dataSet,
  fromLatin1,
  latin1,
  openSession,
} from "./converse.ts";
import { answer, context, openResp } from "./resp/converse.ts";
import { RespProtocol } from "../../src/protocol/resp/resp.ts";
import { MemcachedProtocol } from "../../src/protocol/memcached/memcached.ts";

const handler = { current: dataSet({ k: "abc", long: "x".repeat(600_000) }) };

const { logins } = new PasswordTable({});

/** What is said, how many bytes are used, and what comes next. */
interface Refused {
  said: string;
  used: number;
  next: Next;
}

/** Has a session refuse the request of which `sent` is the beginning. */
function refuse(session: Session, sent: string): Refused {
  const bytes = latin1(sent);
  const before = new Reply();
  const start = session.consume(bytes, 0, bytes.length, before);
  const reply = new Reply();
  const used = session.refuseForMemory(bytes, start, bytes.length, reply);
  return {
    said: fromLatin1(reply.bytes.subarray(0, reply.length)),
    used: start + used,
    next: session.next,
  };
}

const OOM = "-OOM command not allowed when used memory > 'maxmemory'.\r\n";

Deno.test("memcached: a line that cannot be held is refused in memcached's words, and passed over", () => {
  const session = openSession(handler);
  assertEquals(refuse(session, `get k\r\nget ${"k ".repeat(3000)}`), {
    said: "SERVER_ERROR out of memory reading request\r\n",
    used: 7 + 4 + 6000,
    next: Next.Read,
  });
  assertEquals(answersTo(session, "k ".repeat(2000)).answered, "");
  const rest = answersTo(session, "k k\r\nget k\r\n", 3);
  assertEquals(rest.answered, "VALUE k 0 3\r\nabc\r\nEND\r\n");
});

Deno.test("memcached: whole requests that cannot be held until their turn are an end", () => {
  const session = openSession(handler);
  const bytes = latin1("get long\r\nget k\r\n");
  const reply = new Reply();
  reply.limit = 700_000;
  reply.work = 0;
  let used = session.consume(bytes, 0, 10, reply);
  assertEquals([used, session.next], [10, Next.Read]);
  const full = new Reply();
  full.limit = 0;
  used = session.consume(bytes, 10, bytes.length, full);
  assertEquals([used, session.next], [0, Next.Resume]);
  const refused = new Reply();
  used = session.refuseForMemory(bytes, 10, bytes.length, refused);
  assertEquals([used, session.next], [7, Next.Close]);
});

Deno.test("memcached: who has no password yet gets the same words", () => {
  const session = new MemcachedProtocol().open(
    context([{ name: "default", handler }], { logins }),
  );
  assertEquals(refuse(session, "set k 0 0 10"), {
    said: "SERVER_ERROR out of memory reading request\r\n",
    used: 12,
    next: Next.Close,
  });
});

Deno.test("memcached, binary: the status says so, with the request's opaque", () => {
  const request = "\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01ABCD" +
    "\0".repeat(8);
  assertEquals(refuse(openSession(handler), request), {
    said: "\x81\x00\x00\x00\x00\x00\x00\x82\x00\x00\x00\x0dABCD" +
      "\0".repeat(8) + "Out of memory",
    used: 24,
    next: Next.Close,
  });
});

Deno.test("in the middle of a value nothing is said, only closed", () => {
  const key = (key: string) =>
    "\x80\x00\x00" + String.fromCharCode(key.length) + "\0".repeat(7) +
    String.fromCharCode(key.length) + "ABCD" + "\0".repeat(8) + key;
  for (
    const [session, request] of [
      [openSession(handler), "get long k\r\n"],
      [openSession(handler), "mg long v\r\n"],
      [openSession(handler), key("long")],
      [openResp(handler), "*2\r\n$3\r\nGET\r\n$4\r\nlong\r\n"],
      [
        openResp(handler),
        "*4\r\n$8\r\nGETRANGE\r\n$4\r\nlong\r\n" +
        "$1\r\n0\r\n$6\r\n500000\r\n",
      ],
    ] as const
  ) {
    const { said, next } = refuse(session, request);
    assertEquals([said, next], ["", Next.Close]);
  }
});

Deno.test("Redis: an array is refused in Redis' words, and the rest is passed over as it comes", () => {
  const argument = (length: number) =>
    `$${length}\r\n${"x".repeat(length)}\r\n`;
  const request = `*4\r\n$4\r\nMGET\r\n$1\r\nk\r\n${argument(9000)}${
    argument(7000)
  }`;
  for (const cut of [1, 5, 8, 13, 21, 28, 500, request.length - 1]) {
    const session = openResp(handler);
    const { said, used, next } = refuse(session, request.slice(0, cut));
    if (cut < 4) {
      // How many arguments there will be is not known yet.
      assertEquals([said, used, next], [OOM, cut, Next.Close]);
      continue;
    }
    assertEquals([said, next], [OOM, Next.Read]);
    assertEquals(
      answer(session, `${request.slice(used)}*2\r\n$3\r\nGET\r\n$1\r\nk\r\n`),
      "$3\r\nabc\r\n",
    );
  }
});

Deno.test("Redis: an inline request, and that of a stranger, is refused and closes", () => {
  assertEquals(refuse(openResp(handler), "MGET k k k"), {
    said: OOM,
    used: 10,
    next: Next.Close,
  });
  const stranger = new RespProtocol().open(
    context([{ name: "default", handler }], { logins }),
  );
  assertEquals(refuse(stranger, "*2\r\n$4\r\nAUTH\r\n$9000\r\nxxx"), {
    said: OOM,
    used: 24,
    next: Next.Close,
  });
});

/** A session whose process has a budget, of which others have taken a part. */
function within(limit: number, taken: number) {
  const budget = new MemoryBudget(createBudget(limit));
  const others = new ConnectionMemory(budget);
  others.force(taken);
  const memory = new ConnectionMemory(budget);
  const link = { memory, address: "", wake: () => {}, close: () => {} };
  const databases = [{ name: "default", handler }];
  const surroundings = context(databases, { memory: budget });
  return { budget, others, link, surroundings };
}

const PING = "*1\r\n$4\r\nPING\r\n";

Deno.test("Redis: more arguments than can be noted are refused, and passed over", () => {
  const { budget, others, link, surroundings } = within(1e6, 1e6);
  const session = new RespProtocol().open(surroundings, link);
  const request = (count: number) =>
    `*${count}\r\n$4\r\nMGET\r\n${"$1\r\nk\r\n".repeat(count - 1)}`;
  assertEquals(answer(session, request(5000) + PING), `${OOM}+PONG\r\n`);
  others.close();
  assertEquals(
    answer(session, request(5000) + PING),
    `*4999\r\n${"$3\r\nabc\r\n".repeat(4999)}+PONG\r\n`,
  );
  session.close();
  assertEquals([link.memory.held, budget.inFlight], [0, 0]);
});

Deno.test("Redis: a long inline request, and a long argument, are refused likewise", () => {
  for (
    const [request, answered] of [
      [`ECHO ${"x".repeat(30_000)}\r\n`, `$30000\r\n${"x".repeat(30_000)}\r\n`],
      [
        `*2\r\n$4\r\nECHO\r\n$20000\r\n${"x".repeat(20_000)}\r\n`,
        `$20000\r\n${"x".repeat(20_000)}\r\n`,
      ],
    ]
  ) {
    const { budget, others, link, surroundings } = within(1e6, 1e6);
    const session = new RespProtocol().open(surroundings, link);
    assertEquals(answer(session, request + PING), `${OOM}+PONG\r\n`);
    others.close();
    assertEquals(answer(session, request + PING), `${answered}+PONG\r\n`);
    assertEquals(link.memory.held, 0);
    assertEquals(budget.inFlight, 0);
  }
});

Deno.test("Redis: CLIENT LIST is refused where it cannot be held", () => {
  const { others, link, surroundings } = within(1e6, 1e6);
  const protocol = new RespProtocol();
  const many = Array.from({ length: 200 }, () => protocol.open(surroundings));
  const session = protocol.open(surroundings, link);
  const list = "*2\r\n$6\r\nCLIENT\r\n$4\r\nLIST\r\n";
  assertEquals(answer(session, list + PING), `${OOM}+PONG\r\n`);
  others.close();
  assertEquals(answer(session, list).split("\n").length, 201 + 2 + 1);
  assertEquals(link.memory.held, 0);
  for (const one of many) one.close();
});

Deno.test("Redis: what a client calls itself is kept, and is not long", () => {
  const session = openResp(handler);
  const set = (name: string) =>
    answer(
      session,
      `*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$${name.length}\r\n${name}\r\n`,
    );
  assertEquals(set("x".repeat(1024)), "+OK\r\n");
  for (const length of [1025, 5000, 2_000_000]) {
    assertEquals(
      set("x".repeat(length)),
      length > 512 * 1024
        ? "-ERR an argument is longer than 524288 bytes\r\n"
        : "-ERR a client's name is longer than 1024 bytes\r\n",
    );
  }
  for (const what of ["LIB-NAME", "lib-ver"]) {
    assertEquals(
      answer(
        session,
        `*4\r\n$6\r\nCLIENT\r\n$7\r\nSETINFO\r\n$${what.length}\r\n${what}\r\n` +
          `$1100\r\n${"x".repeat(1100)}\r\n`,
      ),
      `-ERR ${what.toLowerCase()} is longer than 1024 bytes\r\n`,
    );
  }
});

Deno.test("where memory is scarce, long values are given in small parts, and whole", () => {
  const value = "x".repeat(600_000);
  const protocols: [Protocol, string, string][] = [
    [
      new RespProtocol(),
      "*2\r\n$3\r\nGET\r\n$4\r\nlong\r\n",
      `$600000\r\n${value}\r\n`,
    ],
    [
      new RespProtocol(),
      "*4\r\n$8\r\nGETRANGE\r\n$4\r\nlong\r\n$1\r\n0\r\n$2\r\n-1\r\n",
      `$600000\r\n${value}\r\n`,
    ],
    [
      new MemcachedProtocol(),
      "get long\r\n",
      `VALUE long 0 600000\r\n${value}\r\nEND\r\n`,
    ],
    [
      new MemcachedProtocol(),
      "mg long v\r\n",
      `VA 600000\r\n${value}\r\n`,
    ],
  ];
  for (const [protocol, request, whole] of protocols) {
    const { others, link, surroundings } = within(1e6, 600_000);
    const session = protocol.open(surroundings, link);
    const bytes = latin1(request);
    let answered = "", at = 0, turns = 0, longest = 0;
    const reply = new Reply(link.memory);
    do {
      // It may change while an answer is given.
      if (++turns === 10) others.close();
      if (turns === 11) others.force(600_000);
      reply.begin(surroundings.memory);
      at += session.consume(bytes, at, bytes.length, reply);
      answered += fromLatin1(reply.bytes.subarray(0, reply.length));
      if (turns !== 10) longest = Math.max(longest, reply.length);
      reply.clear();
    } while (session.next === Next.Resume);
    assertEquals(answered === whole, true, request);
    assert(turns > 20 && longest < 20_000, `${turns} turns, ${longest} bytes`);
  }
});
