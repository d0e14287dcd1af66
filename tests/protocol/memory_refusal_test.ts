/**
 * What a client is told whose request cannot be held, byte by byte, and whether
 * the conversation goes on.
 */

import { assertEquals } from "@std/assert";
import { PasswordTable } from "../access/password_table.ts";
import { Next, type Session } from "../../src/protocol/protocol.ts";
import { Reply } from "../../src/protocol/reply.ts";
import { dataSet, fromLatin1, latin1, openSession } from "./converse.ts";
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

Deno.test("memcached: a line that cannot be held is refused as memcached does, and closes", () => {
  const session = openSession(handler);
  assertEquals(refuse(session, `get k\r\nget ${"k ".repeat(3000)}`), {
    said: "SERVER_ERROR out of memory reading request\r\n",
    used: 7 + 4 + 6000,
    next: Next.Close,
  });
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
