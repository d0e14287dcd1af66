/** What both protocols say to a log-in whose password is checked elsewhere. */

import { assert, assertEquals } from "@std/assert";
import { Finding, type Verdict } from "../../src/access/verdict.ts";
import { MemcachedProtocol } from "../../src/protocol/memcached/memcached.ts";
import {
  Next,
  type Protocol,
  type Session,
} from "../../src/protocol/protocol.ts";
import { Reply } from "../../src/protocol/reply.ts";
import { RespProtocol } from "../../src/protocol/resp/resp.ts";
import { PasswordTable } from "../access/password_table.ts";
import { dataSet, fromLatin1, latin1 } from "./converse.ts";
import { context } from "./resp/converse.ts";

const handler = { current: dataSet({ k: "abc" }) };

const WRONG =
  "-WRONGPASS invalid username-password pair or user is disabled.\r\n";

/** A session whose transport gives it what it has not used again, when told. */
class Conversation {
  readonly table = new PasswordTable({ web: "secret" }, { later: true });
  readonly session: Session;
  #bytes = new Uint8Array(0);

  constructor(protocol: Protocol) {
    const { logins } = this.table;
    this.session = protocol.open(
      context([{ name: "default", handler }], { logins }),
    );
  }

  /** What is answered to more bytes, or to none, until it waits for something. */
  say(text = ""): string {
    let bytes = Uint8Array.from([...this.#bytes, ...latin1(text)]);
    let answer = "";
    do {
      const reply = new Reply();
      const used = this.session.consume(bytes, 0, bytes.length, reply);
      answer += fromLatin1(reply.bytes.subarray(0, reply.length));
      bytes = bytes.slice(used);
    } while (this.session.next === Next.Resume);
    this.#bytes = bytes;
    return answer;
  }
}

const PROTOCOLS = {
  memcached: {
    make: () => new MemcachedProtocol(),
    logIn: (password: string) =>
      `set a 0 0 ${password.length + 4}\r\nweb ${password}\r\n`,
    get: "get k\r\n",
    hit: "VALUE k 0 3\r\nabc\r\nEND\r\n",
    admitted: "STORED\r\n",
    wrong: "CLIENT_ERROR authentication failure\r\n",
    tooMany:
      "CLIENT_ERROR too many wrong passwords from this address: try again in 7 s\r\n",
    crowded:
      "SERVER_ERROR too many clients are logging in: try again in a few seconds\r\n",
  },
  resp: {
    make: () => new RespProtocol(),
    logIn: (password: string) => `AUTH web ${password}\r\n`,
    get: "GET k\r\n",
    hit: "$3\r\nabc\r\n",
    admitted: "+OK\r\n",
    wrong: WRONG,
    tooMany:
      "-ERR too many wrong passwords from this address: try again in 7 s\r\n",
    crowded:
      "-ERR too many clients are logging in: try again in a few seconds\r\n",
  },
};

for (const [name, words] of Object.entries(PROTOCOLS)) {
  const { logIn, get, hit } = words;

  Deno.test(`${name}: nothing is answered before the verdict, and all in order behind it`, () => {
    const conversation = new Conversation(words.make());
    const { table, session } = conversation;
    const sent = logIn("guess") + logIn("secret") + get;
    assertEquals(conversation.say(sent), "");
    assertEquals(session.next, Next.Wait);
    assertEquals(conversation.say(), "", "is woken for nothing");
    assertEquals(session.next, Next.Wait);
    assertEquals(table.asked.map(({ password }) => password), ["guess"]);
    table.answer();
    assertEquals(conversation.say(), words.wrong);
    assertEquals(session.next, Next.Wait);
    table.answer();
    assertEquals(conversation.say(get), words.admitted + hit + hit);
    assertEquals(session.next, Next.Read);
  });

  Deno.test(`${name}: a client that waits with nothing behind it is answered, too`, () => {
    const conversation = new Conversation(words.make());
    let answer = "";
    for (const byte of logIn("secret")) answer += conversation.say(byte);
    assertEquals(answer, "");
    conversation.table.answer();
    assertEquals(conversation.say(), words.admitted);
    assertEquals(conversation.say(get), hit);
  });

  Deno.test(`${name}: a client is told why it is not let in`, () => {
    const verdicts: [Verdict, string][] = [
      [{ finding: Finding.Wrong }, words.wrong],
      [{ finding: Finding.TooMany, seconds: 7 }, words.tooMany],
      [{ finding: Finding.Crowded }, words.crowded],
    ];
    for (const [verdict, said] of verdicts) {
      const conversation = new Conversation(words.make());
      conversation.say(logIn("guess"));
      conversation.table.answer(verdict);
      assertEquals(conversation.say(), said);
      assertEquals(conversation.session.next, Next.Read);
    }
  });

  Deno.test(`${name}: ten failures close, whether they were checked or not`, () => {
    const conversation = new Conversation(words.make());
    const { table, session } = conversation;
    for (let n = 0; n < 4; n++) {
      conversation.say(logIn("guess"));
      table.answer();
      assertEquals(conversation.say(), words.wrong);
    }
    conversation.say(logIn("guess"));
    table.answer({ finding: Finding.TooMany, seconds: 7 });
    assertEquals(
      conversation.say(logIn("guess").repeat(9)),
      words.tooMany.repeat(6),
    );
    assertEquals(session.next, Next.Close);
  });

  Deno.test(`${name}: what is being checked is given up with the session`, () => {
    const conversation = new Conversation(words.make());
    const { table, session } = conversation;
    conversation.say(logIn("guess"));
    session.close();
    assertEquals(table.asked, []);
  });
}

Deno.test("Redis: HELLO logs in, and says the rest when the password is right", () => {
  const conversation = new Conversation(new RespProtocol());
  const { table, session } = conversation;
  assertEquals(
    conversation.say("HELLO 3 AUTH web guess SETNAME me\r\nGET k\r\n"),
    "",
  );
  table.answer();
  assertEquals(
    conversation.say(),
    `${WRONG}-NOAUTH Authentication required.\r\n`,
  );
  conversation.say("HELLO 3 AUTH web secret\r\nCLIENT GETNAME\r\n");
  table.answer();
  const answer = conversation.say();
  assert(answer.startsWith("%7\r\n$6\r\nserver\r\n"), answer);
  assert(answer.endsWith("$2\r\nme\r\n"), answer);
  assertEquals(session.next, Next.Read);
});

Deno.test("Redis: who is known stays so when another password is wrong, and not after RESET", () => {
  const conversation = new Conversation(new RespProtocol());
  const { table } = conversation;
  for (const password of ["secret", "guess"]) {
    conversation.say(`AUTH web ${password}\r\n`);
    table.answer();
    conversation.say();
  }
  assertEquals(conversation.say("GET k\r\n"), "$3\r\nabc\r\n");
  assertEquals(
    conversation.say("RESET\r\nGET k\r\n"),
    "+RESET\r\n-NOAUTH Authentication required.\r\n",
  );
});
