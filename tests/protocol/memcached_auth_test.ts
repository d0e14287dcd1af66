import { assert, assertEquals } from "@std/assert";
import { Finding } from "../../src/access/verdict.ts";
import { MemcachedProtocol } from "../../src/protocol/memcached/memcached.ts";
import type { Session } from "../../src/protocol/protocol.ts";
import { PasswordTable } from "../access/password_table.ts";
import { Client } from "../server/client.ts";
import { inDirectory, until } from "../temporary.ts";
import { answersTo, dataSet, latin1 } from "./converse.ts";
import { findMemcached } from "./differential/memcached.ts";
import { contextOf } from "./http/asking.ts";

const UNAUTHENTICATED = "CLIENT_ERROR unauthenticated\r\n";
const FAILURE = "CLIENT_ERROR authentication failure\r\n";

/** Names and passwords; a character a byte. */
const PASSWORDS: Record<string, string> = {
  web: "secret",
  "\xc3\xa4": "\xc3\xb6:\xc3\xbc",
};

/** Those passwords, as text. */
function passwords(): PasswordTable {
  const decoder = new TextDecoder();
  return new PasswordTable(Object.fromEntries(
    Object.entries(PASSWORDS).map((pair) =>
      pair.map((bytes) => decoder.decode(latin1(bytes)))
    ),
  ));
}

/** A conversation with a server that has users. */
function openGuarded(table = passwords()): Session {
  const handler = { current: dataSet({ k: "abc" }) };
  return new MemcachedProtocol().open({
    ...contextOf({ default: handler }),
    handler,
    logins: table.logins,
  });
}

/** The request that says who one is. */
function logIn(token: string): string {
  return `set auth 0 0 ${token.length}\r\n${token}\r\n`;
}

/**
 * Conversations whose answers are those of memcached. Each request gets one line;
 * memcached 1.6.18 forgets it where a stranger does not wait for it.
 */
const CONVERSATIONS: Record<string, string[]> = {
  "the right password": [logIn("web secret"), "mn\r\n"],
  "what follows in the same packet": [logIn("web secret") + "mn\r\n"],
  "the wrong password, then the right one": [
    logIn("web guess"),
    "get k\r\n",
    logIn("web secret"),
    "mn\r\n",
  ],
  "the wrong name": [logIn("job secret"), "get k\r\n"],
  "no name": [logIn("secret")],
  "nothing": [logIn("")],
  "spaces": [logIn("  web   secret  ")],
  "more words than two": [logIn("web secret more")],
  "a NUL": [logIn("web secret\0more")],
  "a NUL before the password": [logIn("web\0 secret")],
  "not ASCII": [logIn("\xc3\xa4 \xc3\xb6:\xc3\xbc"), "mn\r\n"],
  "reads and other commands before": [
    "get k\r\n",
    "mg k v\r\n",
    "mn\r\n",
    "version\r\n",
    "stats\r\n",
    "quit\r\n",
    "shutdown\r\n",
    "\r\n",
    "foo\r\n",
  ],
  "other writes before": ["add auth 0 0 10\r\n", "web secret\r\n"],
  "any key, flags and times": ["set \xff x y 10\r\nweb secret\r\n", "mn\r\n"],
  "one word more": ["set k 0 0 10 noreply\r\nweb secret\r\n", "mn\r\n"],
  "one word less": ["set k 0 10\r\n", "web secret\r\n"],
  "a line without CR": ["set k 0 0 10\nweb secret\r\n", "mn\r\n"],
  "a block without CR": ["set k 0 0 10\r\nweb secret\nm", "n\r\n"],
  "a block that is too short": ["set k 0 0 12\r\nweb secret\r\nmn", "\r\n"],
  "a block that is too long": ["set k 0 0 5\r\nweb secret", "\r\n"],
  "a length that is none": ["set k 0 0 x\r\n", "set k 0 0 1x\r\n"],
  "a sign alone": ["set k 0 0 -\r\n"],
  "a length in other words": ["set k 0 0 +10\r\nweb secret\r\n", "mn\r\n"],
  "upper case": ["SET k 0 0 10\r\n", "web secret\r\n"],
  "the binary protocol": [
    "\x80\x0b" + "\0".repeat(22) + "\n",
    logIn("web secret"),
    "mn\r\n",
  ],
  "a long line": ["x".repeat(2047) + "\n", "get k\r\n"],
  "again, when it is known": [logIn("web secret"), "set k 0 0 x\r\n", "mn\r\n"],
};

Deno.test("strangers are answered as memcached answers them", async () => {
  const memcached = await findMemcached();
  if (memcached === undefined) return console.log("skipped: no memcached");
  await inDirectory(async (directory) => {
    const path = `${directory}/users`;
    const lines = Object.entries(PASSWORDS).map(([name, password]) =>
      `${name}:${password}\n`
    );
    await Deno.writeFile(
      path,
      Uint8Array.from(lines.join(""), (c) => c.charCodeAt(0)),
    );
    const port = freePort();
    const process = new Deno.Command(memcached, {
      args: ["-l", "127.0.0.1", "-u", "root", "-p", String(port), "-Y", path],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    try {
      await until(
        "memcached listens",
        () =>
          Client.connect(port).then((client) => {
            client.close();
            return true;
          }, () => false),
      );
      const found: PasswordTable["verdicts"] = [];
      for (const [name, sent] of Object.entries(CONVERSATIONS)) {
        const client = await Client.connect(port);
        let theirs = "";
        for (const request of sent) {
          theirs += await client.ask(request, "\r\n");
        }
        client.close();
        for (const cut of [1, 7, Infinity]) {
          const table = passwords();
          const { answered } = answersTo(
            openGuarded(table),
            sent.join(""),
            cut,
          );
          assertEquals(answered, theirs, `${name}, in pieces of ${cut}`);
          if (cut === Infinity) found.push(...table.verdicts);
        }
      }
      const client = await Client.connect(port);
      await client.ask(logIn("web secret"), "\r\n");
      const stats = await client.ask("stats\r\n", "END\r\n");
      client.close();
      const [commands, errors] = ["cmds", "errors"].map((what) =>
        Number(new RegExp(`STAT auth_${what} (\\d+)`).exec(stats)![1])
      );
      const wrong = found.filter(([, finding]) => finding !== Finding.Right);
      assertEquals([found.length + 1, wrong.length], [commands, errors]);
    } finally {
      process.kill();
      await process.status;
    }
  });
});

Deno.test("nothing is read before the password, all after it", () => {
  for (const cut of [Infinity, 1]) {
    const { answered } = answersTo(
      openGuarded(),
      "get k\r\n" + logIn("web guess") + logIn("web secret") + "get k\r\n",
      cut,
    );
    assertEquals(
      answered,
      UNAUTHENTICATED + FAILURE + "STORED\r\nVALUE k 0 3\r\nabc\r\nEND\r\n",
    );
  }
});

Deno.test("a password is text in UTF-8", () => {
  const table = passwords();
  answersTo(openGuarded(table), logIn("\xc3\xa4 \xc3\xb6:\xc3\xbc"));
  assertEquals(table.verdicts.map(([name, found]) => [name, found]), [
    ["ä", Finding.Right],
  ]);
});

Deno.test("a block too long for a password takes no memory, and is not checked", () => {
  const table = passwords();
  const { answered, unused } = answersTo(
    openGuarded(table),
    `set k 0 0 100000\r\n${"x ".repeat(50_000)}\r\n${logIn("web secret")}`,
    1000,
  );
  assertEquals(
    answered,
    "CLIENT_ERROR bad authentication token format\r\nSTORED\r\n",
  );
  assertEquals([table.verdicts.length, unused], [1, 0]);
  const waiting = answersTo(openGuarded(), "set k 0 0 4294967295\r\nxxx", 1);
  assertEquals([waiting.answered, waiting.unused], ["", 0]);
});

Deno.test("a line without an end closes the connection", () => {
  const { closed } = answersTo(openGuarded(), "x".repeat(3000), 100);
  assert(closed);
});

function freePort(): number {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  return port;
}
