/** How one request follows another on a connection, and what ends it. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  createBudget,
  MemoryBudget,
} from "../../../src/protocol/memory_budget.ts";
import { ConnectionMemory } from "../../../src/protocol/memory_budget.ts";
import { HttpProtocol } from "../../../src/protocol/http/http.ts";
import { Next, type Session } from "../../../src/protocol/protocol.ts";
import { Reply, REPLY_LIMIT } from "../../../src/protocol/reply.ts";
import { DataFileError } from "../../../src/storage/storage.ts";
import { answersTo, dataSet, fromLatin1, latin1 } from "../converse.ts";
import { contextOf, openHttp } from "./asking.ts";

const LONG = "0123456789".repeat(100_000);
const handler = { current: dataSet({ k: "abc", long: LONG }) };
const open = () => openHttp({ db: handler });

const HOST = "Host: localhost\r\n";
const GET = `GET /v1/db/k HTTP/1.1\r\n${HOST}\r\n`;

function post(fields: string, body = ""): string {
  return `POST /v1/db:batchGet HTTP/1.1\r\n${HOST}${fields}\r\n${body}`;
}

/** What a session says to bytes in one call, and what it does next. */
function say(session: Session, sent: string): [said: string, next: Next] {
  const bytes = latin1(sent);
  const reply = new Reply();
  session.consume(bytes, 0, bytes.length, reply);
  return [text(reply), session.next];
}

function text(reply: Reply): string {
  return fromLatin1(reply.bytes.subarray(0, reply.length));
}

/** The statuses of responses, one behind the other. */
function statuses(answered: string): number[] {
  return [...answered.matchAll(/HTTP\/1\.1 (\d{3}) [A-Z]/g)]
    .map(([, status]) => Number(status));
}

Deno.test("the connection stays open unless one side says otherwise", () => {
  const get = (version: string, fields = "") =>
    `GET /v1/db/k HTTP/${version}\r\n${HOST}${fields}\r\n`;
  for (
    const [request, stays, said] of [
      [get("1.1"), true, undefined],
      [get("1.1", "Connection: keep-alive\r\n"), true, undefined],
      [get("1.1", "Connection: Keep-Alive, Upgrade\r\n"), true, undefined],
      [get("1.1", "Connection: closed\r\n"), true, undefined],
      [get("1.1", "Connection: close\r\n"), false, "close"],
      [get("1.1", "connection: CLOSE\r\n"), false, "close"],
      [get("1.1", "Connection: a,close ,b\r\n"), false, "close"],
      [get("1.1", "Connection: keep-alive, close\r\n"), false, "close"],
      [get("1.1", "Connection: a\r\nConnection: close\r\n"), false, "close"],
      [get("1.0"), false, "close"],
      [get("1.0", "Connection: close\r\n"), false, "close"],
      [get("1.0", "Connection: keep-alive\r\n"), true, "keep-alive"],
      [get("1.0", "Connection: Keep-Alive\r\n"), true, "keep-alive"],
      [get("1.0", "Connection: keep-alive, close\r\n"), false, "close"],
    ] as const
  ) {
    const { answered, closed } = answersTo(open(), request + GET);
    assertEquals(closed, !stays, request);
    assertEquals(statuses(answered), stays ? [200, 200] : [200]);
    const first = answered.slice(0, answered.indexOf("\r\n\r\n"));
    assertEquals(/^connection: (.*)$/m.exec(first)?.[1], said, request);
  }
});

Deno.test("requests that come together are answered in their order", () => {
  const requests = ["k", "nope", "k", "%zz", "k"].map((key) =>
    `GET /v1/db/${key} HTTP/1.1\r\n${HOST}\r\n`
  );
  requests.splice(2, 0, post("Content-Length: 14\r\n", '{"keys":["k"]}'));
  const { answered, closed, unused } = answersTo(open(), requests.join(""));
  assertEquals(statuses(answered), [200, 404, 200, 200, 400, 200]);
  assertEquals([closed, unused], [false, 0]);
});

Deno.test("who speaks HTTP/1.0 gets a long batch to the connection's end, without chunks", () => {
  const body = '{"keys":["long"]}';
  const { answered, closed } = answersTo(
    open(),
    `POST /v1/db:batchGet HTTP/1.0\r\nConnection: keep-alive\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`,
  );
  const [head, ...rest] = answered.split("\r\n\r\n");
  assertMatch(head, /^connection: close$/m);
  assert(!/^(transfer-encoding|content-length):/m.test(head), head);
  assertEquals(JSON.parse(rest.join()).results[0].value === LONG, true);
  assertEquals(closed, true);
});

Deno.test("a body that nobody needs is passed over, and the next request is answered", () => {
  const body = "x".repeat(100_000);
  for (
    const request of [
      `PUT /v1/db/k HTTP/1.1\r\n${HOST}Content-Length: 100000\r\n\r\n${body}`,
      `GET /v1/db/k HTTP/1.1\r\n${HOST}Content-Length: 100000\r\n\r\n${body}`,
      `GET /v1/db/long HTTP/1.1\r\n${HOST}Content-Length: 100000\r\n\r\n${body}`,
      post("Content-Type: text/plain\r\nContent-Length: 100000\r\n", body),
      post(
        "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n",
        `186a0\r\n${body}\r\n0\r\n\r\n`,
      ),
      post("Content-Length: 100000\r\n", body), // which is not JSON
    ]
  ) {
    for (const cut of [Infinity, 10_000]) {
      const { answered, closed } = answersTo(open(), request + GET, cut);
      assertEquals(statuses(answered).length, 2);
      assertEquals(statuses(answered)[1], 200);
      assertEquals(closed, false);
    }
  }
});

Deno.test("a body that is too long to be passed over ends the connection", () => {
  const length = 16 * 1024 * 1024 + 1;
  const head = `PUT /v1/db/k HTTP/1.1\r\n${HOST}Content-Length: ${length}\r\n`;
  const session = open();
  const [said, next] = say(session, `${head}\r\n`);
  assertMatch(said, /^HTTP\/1\.1 405 [^]*\r\nconnection: close\r\n/);
  // The client may still be sending, and has to read the answer.
  assertEquals(next, Next.Read);
  const piece = "x".repeat(1024 * 1024);
  for (let n = 0; n < 16; n++) {
    assertEquals(say(session, piece), ["", Next.Read]);
  }
  assertEquals(say(session, "x"), ["", Next.Close]);
});

Deno.test("chunks that nobody needs are passed over up to a limit, and not beyond", () => {
  const session = open();
  const head = `PUT /v1/db/k HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n`;
  const [said, next] = say(session, `${head}\r\n`);
  assertMatch(said, /^HTTP\/1\.1 405 /);
  assertEquals(next, Next.Read);
  const chunk = `100000\r\n${"x".repeat(0x100000)}\r\n`;
  for (let n = 0; n < 16; n++) {
    assertEquals(say(session, chunk), ["", Next.Read]);
  }
  assertEquals(say(session, "1\r\n"), ["", Next.Close]);
});

Deno.test("a client that asks before it sends a body is told to go on, or is refused", () => {
  const expect = "Expect: 100-continue\r\nContent-Length: 14\r\n";
  const session = open();
  assertEquals(say(session, post(expect)), [
    "HTTP/1.1 100 Continue\r\n\r\n",
    Next.Read,
  ]);
  assertMatch(say(session, '{"keys":["k"]}')[0], /^HTTP\/1\.1 200 /);
  assertMatch(say(session, GET)[0], /^HTTP\/1\.1 200 /);

  for (
    const request of [
      post(`${expect}Content-Type: text/plain\r\n`),
      `PUT /v1/db/k HTTP/1.1\r\n${HOST}${expect}\r\n`,
      `GET /v1/db/k HTTP/1.1\r\n${HOST}${expect}\r\n`,
      `POST /nope HTTP/1.1\r\n${HOST}${expect}\r\n`,
      post("Expect: 100-continue\r\nContent-Length: 4194305\r\n"),
    ]
  ) {
    const session = open();
    const [said] = say(session, request);
    assertEquals(statuses(said).length, 1);
    assertMatch(said, /\r\nconnection: close\r\n/);
    // What comes now may be the body, or another request: nobody can tell.
    assertEquals(say(session, GET), ["", Next.Read]);
  }

  // HTTP/1.0 knows of no such question, and without a body there is none.
  const old = `POST /v1/db:batchGet HTTP/1.0\r\n${expect}\r\n`;
  assertEquals(say(open(), old), ["", Next.Read]);
  const none = `GET /v1/db/k HTTP/1.1\r\n${HOST}Expect: 100-continue\r\n\r\n`;
  assertMatch(say(open(), none)[0], /^HTTP\/1\.1 200 /);
});

Deno.test("a batch that is declared too long is refused before its body comes", () => {
  const [said, next] = say(open(), post("Content-Length: 4194305\r\n"));
  assertMatch(said, /^HTTP\/1\.1 413 [^]*\r\nconnection: close\r\n/);
  assertEquals(next, Next.Read);
});

Deno.test("a batch in chunks is refused as soon as it is too long", () => {
  const session = open();
  say(session, post("Transfer-Encoding: chunked\r\n"));
  const spaces = `100000\r\n${" ".repeat(0x100000)}\r\n`;
  const { answered, unused } = answersTo(session, spaces.repeat(4));
  assertEquals([answered, unused], ["", 0]);
  assertMatch(say(session, "1\r\n")[0], /^HTTP\/1\.1 413 /);
});

Deno.test("a head must come within ten seconds, however it trickles in", () => {
  const session = open();
  const reply = new Reply();
  assertEquals(session.timeOut!(0, reply), false);
  // Nobody has asked for anything yet: that is idleness, and no session's matter.
  assertEquals(session.timeOut!(1_000_000, reply), false);
  say(session, GET);
  assertEquals(session.timeOut!(2_000_000, reply), false);
  let head = "";
  for (let second = 0; second <= 10; second++) {
    head += GET[second];
    assertEquals(say(session, head), ["", Next.Read]);
    assertEquals(session.timeOut!(3_000_000 + 1000 * second, reply), false);
  }
  assertEquals(session.timeOut!(3_010_001, reply), true);
  assertMatch(text(reply), /^HTTP\/1\.1 408 [^]*\r\nconnection: close\r\n/);
});

Deno.test("each head has ten seconds of its own", () => {
  const session = open();
  const reply = new Reply();
  for (let now = 0; now < 100_000; now += 9000) {
    assertEquals(say(session, GET.slice(0, 9)), ["", Next.Read]);
    assertEquals(session.timeOut!(now, reply), false);
    assertEquals(session.timeOut!(now + 8000, reply), false);
    assertEquals(statuses(say(session, GET)[0]), [200]);
  }
});

Deno.test("a body has thirty seconds, and more if it comes at a fair pace", () => {
  const late = (now: number, session: Session) => {
    const reply = new Reply();
    return session.timeOut!(now, reply) && text(reply);
  };
  const slow = open();
  say(slow, post("Content-Length: 100\r\n"));
  for (let second = 0; second <= 30; second++) {
    assertEquals(late(1000 * second, slow), false);
    assertEquals(say(slow, " "), ["", Next.Read]);
  }
  assertMatch(String(late(31_000, slow)), /^HTTP\/1\.1 408 [^]*the body/);

  const fair = open();
  say(fair, post("Content-Length: 4000000\r\n"));
  for (let second = 0; second < 900; second++) {
    assertEquals(late(1000 * second, fair), false);
    assertEquals(say(fair, " ".repeat(4000)), ["", Next.Read]);
  }

  // One that is passed over has been answered.
  const unread = open();
  say(unread, `PUT /v1/db/k HTTP/1.1\r\n${HOST}Content-Length: 9\r\n\r\n`);
  assertEquals(late(0, unread), false);
  assertEquals(late(30_000, unread), false);
  assertEquals(late(30_001, unread), "");
});

Deno.test("a client that has been told of the end has two seconds to read that", () => {
  const session = open();
  say(session, post("Content-Length: 4194305\r\n"));
  const reply = new Reply();
  assertEquals(session.timeOut!(0, reply), false);
  assertEquals(say(session, "x".repeat(1000)), ["", Next.Read]);
  assertEquals(session.timeOut!(2000, reply), false);
  assertEquals(session.timeOut!(2001, reply), true);
  assertEquals(reply.length, 0);
});

Deno.test("a long answer is no wait, however long its client takes", () => {
  const session = open();
  const [, next] = say(session, `GET /v1/db/long HTTP/1.1\r\n${HOST}\r\n`);
  assertEquals([next, session.midway], [Next.Resume, true]);
  const reply = new Reply();
  assertEquals(session.timeOut!(0, reply), false);
  assertEquals(session.timeOut!(1_000_000, reply), false);
});

Deno.test("a long answer comes in turns, whose length is bounded", () => {
  const session = open();
  const keys = JSON.stringify({ keys: Array(20).fill("long") });
  const requests = [
    `GET /v1/db/long HTTP/1.1\r\n${HOST}\r\n`,
    post(`Content-Length: ${keys.length}\r\n`, keys),
    GET,
  ].join("");
  let [said, next] = say(session, requests);
  let all = said, turns = 1;
  let left = requests.slice(requests.indexOf("POST"));
  for (; next === Next.Resume; turns++) {
    assert(said.length <= REPLY_LIMIT + 25_000, `${said.length}`);
    const bytes = latin1(left);
    const reply = new Reply();
    left = left.slice(session.consume(bytes, 0, bytes.length, reply));
    [said, next] = [text(reply), session.next];
    all += said;
  }
  assertEquals([left, next, session.midway], ["", Next.Read, false]);
  assertEquals(statuses(all), [200, 200, 200]);
  assert(turns > 21 * LONG.length / REPLY_LIMIT, `${turns}`);
});

Deno.test("damage within a long answer cuts it off: that something is missing is seen", () => {
  const data = dataSet({ long: LONG });
  const context = contextOf({ db: { current: data } });
  const session = new HttpProtocol().open(context);
  const body = '{"keys":["long"]}';
  for (
    const request of [
      `GET /v1/db/long HTTP/1.1\r\n${HOST}\r\n`,
      post(`Content-Length: ${body.length}\r\n`, body),
    ]
  ) {
    const [said, next] = say(session, request);
    assertMatch(said, /^HTTP\/1\.1 200 /);
    assertEquals(next, Next.Resume);
    const { find } = data.snapshot;
    data.snapshot.find = () => {
      throw new DataFileError("data.db", "page 7 is not a page");
    };
    assertEquals(say(session, ""), ["", Next.Close]);
    data.snapshot.find = find;
    assertEquals(session.held, undefined);
  }
  assertEquals(context.damage.length, 2);
});

/** A connection of which only the memory is of interest. */
function linkOf(budget: MemoryBudget) {
  const memory = new ConnectionMemory(budget);
  return { memory, address: "test", wake: () => {}, close: () => {} };
}

Deno.test("the keys of a batch are counted, and given back when it is answered", () => {
  const budget = new MemoryBudget(createBudget(64 * 1024 * 1024));
  const link = linkOf(budget);
  const session = new HttpProtocol().open(contextOf({ db: handler }), link);
  const keys = JSON.stringify({ keys: Array(5000).fill("k".repeat(20)) });
  const most = keys.slice(0, -2);
  answersTo(session, post(`Content-Length: ${keys.length}\r\n`, most));
  assert(link.memory.held > 100_000 && link.memory.held < 1_000_000);
  assertEquals(statuses(answersTo(session, "]}").answered), [200]);
  assertEquals([link.memory.held, budget.inFlight], [0, 0]);

  answersTo(session, post(`Content-Length: ${keys.length}\r\n`, most));
  assert(link.memory.held > 100_000);
  session.close();
  assertEquals([link.memory.held, budget.inFlight], [0, 0]);
});

Deno.test("a batch for whose keys there is no memory is refused, and closes", () => {
  const budget = new MemoryBudget(createBudget(100 * 1024));
  const link = linkOf(budget);
  const session = new HttpProtocol().open(contextOf({ db: handler }), link);
  const keys = JSON.stringify({ keys: ["k".repeat(300_000)] });
  const request = post(`Content-Length: ${keys.length}\r\n`, keys);
  const said = answersTo(session, request).answered;
  assertMatch(said, /^HTTP\/1\.1 503 [^]*\r\nretry-after: 5\r\n[^]*no memory/);
  assertEquals(statuses(said).length, 1);
  assertEquals([link.memory.held, budget.inFlight], [0, 0]);
  assertEquals(budget.refusals, 1);
});

Deno.test("a head for which there is no memory is refused, and closes", () => {
  const session = open();
  const bytes = latin1(GET.slice(0, 20));
  const reply = new Reply();
  assertEquals(session.consume(bytes, 0, bytes.length, reply), 0);
  session.refuseForMemory(bytes, 0, bytes.length, reply);
  assertMatch(text(reply), /^HTTP\/1\.1 503 [^]*\r\nconnection: close\r\n/);
  assertEquals(session.next, Next.Close);
});

Deno.test("wrong tokens are told of, and the tenth closes the connection", () => {
  const addresses: string[] = [];
  const context = {
    ...contextOf({ db: handler }),
    onWrongToken: (address: string) => addresses.push(address),
  };
  const tokens = { allows: (token: string) => token === "right" };
  const link = {
    memory: new ConnectionMemory(),
    address: "192.0.2.7",
    wake() {},
    close() {},
  };
  const session = new HttpProtocol({ tokens }).open(context, link);
  const ask = (token: string) =>
    say(
      session,
      GET.replace("\r\n\r\n", `\r\nAuthorization: Bearer ${token}\r\n\r\n`),
    );
  for (let n = 0; n < 20; n++) {
    // To have no token, or the right one, is no try.
    assertEquals(say(session, GET)[1], Next.Read);
    assertMatch(ask("right")[0], /^HTTP\/1\.1 200 /);
  }
  assertEquals(addresses, []);
  for (let n = 1; n < 10; n++) {
    const [said, next] = ask("wrong");
    assertMatch(said, /^HTTP\/1\.1 401 /);
    assertEquals([next, addresses.length], [Next.Read, n]);
  }
  const [said, next] = ask("wrong");
  assertMatch(said, /^HTTP\/1\.1 401 .*connection: close\r\n/is);
  assertEquals(next, Next.Close);
  assertEquals(addresses, new Array(10).fill("192.0.2.7"));
});
