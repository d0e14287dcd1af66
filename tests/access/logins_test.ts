/** The log-ins of a thread, whose passwords are checked by a table. */

import { assert, assertEquals } from "@std/assert";
import type { Client } from "../../src/access/login.ts";
import { UserList } from "../../src/access/users.ts";
import { Finding } from "../../src/access/verdict.ts";
import { PasswordTable, SECRET, usersNamed } from "./password_table.ts";

/** A connection that remembers what was done to it. */
class TestClient implements Client {
  woken = 0;
  closed = false;

  constructor(readonly address = "192.0.2.1") {}

  wake(): void {
    this.woken++;
  }

  close(): void {
    this.closed = true;
  }
}

Deno.test("a verdict comes later, and wakes the client; a known password's comes at once", () => {
  const table = new PasswordTable({ web: "secret" }, { later: true });
  const client = new TestClient();
  const login = table.logins.open(client);
  login.try("web", "secret");
  assertEquals([login.verdict, client.woken], [undefined, 0]);
  table.answer();
  assertEquals(login.verdict, { finding: Finding.Right, hash: SECRET });
  assertEquals([client.woken, login.name], [1, "web"]);

  const other = table.logins.open(new TestClient());
  other.try("web", "secret");
  assertEquals(other.verdict?.finding, Finding.Right);
  other.try("web", "guess");
  assertEquals(other.verdict, undefined);
  table.answer();
  assertEquals(other.verdict, { finding: Finding.Wrong });
  assertEquals(other.name, "web", "who was known stays so");
});

Deno.test("a name or password that is too long for any is wrong unchecked", () => {
  const table = new PasswordTable({ web: "secret" }, { later: true });
  const login = table.logins.open(new TestClient());
  for (const [name, password] of [["web", "x"], ["x", "x"]]) {
    login.try(name.padEnd(257, "x"), password);
    assertEquals(login.verdict, { finding: Finding.Wrong });
    login.try(name, password.padEnd(257, "x"));
    assertEquals(login.verdict, { finding: Finding.Wrong });
  }
  assertEquals(table.asked, []);
  const long = new UserList(`${"n".repeat(256)}:${SECRET}`, "users");
  assertEquals(long.size, 1);
});

Deno.test("what a closed connection has asked is given up", () => {
  const table = new PasswordTable({ web: "secret" }, { later: true });
  const client = new TestClient();
  const login = table.logins.open(client);
  login.try("web", "secret");
  const [{ id }] = table.asked;
  login.end();
  assertEquals(table.asked, []);
  table.logins.settle(id, { finding: Finding.Right, hash: SECRET });
  assertEquals([login.verdict, client.woken], [undefined, 0]);
});

Deno.test("ten failures are a connection's last; that there is no time for it is none", () => {
  const table = new PasswordTable({ web: "secret" }, { later: true });
  const login = table.logins.open(new TestClient());
  for (let n = 0; n < 20; n++) {
    login.try("web", `guess ${n}`);
    table.answer({ finding: Finding.Crowded });
  }
  for (let n = 0; n < 10; n++) {
    assert(!login.isExhausted, `after ${n}`);
    login.try("web", `guess ${n}`);
    table.answer();
  }
  assert(login.isExhausted);
});

Deno.test("an address without tries is told so at once, for as long as it has none", () => {
  let now = 0;
  const options = { later: true, now: () => now };
  const table = new PasswordTable({ web: "secret" }, options);
  const attempt = (address: string, password: string) => {
    const login = table.logins.open(new TestClient(address));
    login.try("web", password);
    return login;
  };
  attempt("2001:db8::1", "guess");
  table.answer({ finding: Finding.TooMany, seconds: 3 });
  now += 1000;
  const { verdict } = attempt("2001:db8::2", "guess");
  assertEquals(verdict, { finding: Finding.TooMany, seconds: 2 });
  assertEquals(table.asked, []);
  const other = attempt("192.0.2.1", "secret");
  table.answer();
  assertEquals(other.verdict?.finding, Finding.Right);
  assertEquals(
    attempt("2001:db8::1", "secret").verdict?.finding,
    Finding.Right,
    "a known password gets in from there, too",
  );
  now += 2000;
  assertEquals(attempt("2001:db8::3", "guess").verdict, undefined);
  assertEquals(table.asked.length, 1);
});

Deno.test("whose user is removed, or has another password, is cut off, and nobody else", () => {
  for (const keepSessions of [false, true]) {
    const table = new PasswordTable(
      { web: "1", job: "2", old: "3" },
      { keepSessions },
    );
    const clients: Record<string, TestClient> = {};
    for (const [name, password] of [["web", "1"], ["job", "2"], ["old", "3"]]) {
      clients[name] = new TestClient();
      table.logins.open(clients[name]).try(name, password);
    }
    const again = clients.again = new TestClient();
    const login = table.logins.open(again);
    login.try("old", "3");
    login.end(); // says RESET, or goes
    const both = clients.both = new TestClient();
    const second = table.logins.open(both);
    second.try("old", "3");
    second.try("web", "1");
    const stranger = clients.stranger = new TestClient();
    table.logins.open(stranger).try("old", "guess");

    const other = SECRET.replace("goromdb$J", "goromdb$K");
    table.logins.renew(
      new UserList(`web:${SECRET}\njob:${other}\nnew:${SECRET}`, "users"),
    );
    const cut = Object.keys(clients).filter((name) => clients[name].closed);
    assertEquals(cut, keepSessions ? [] : ["job", "old"]);
  }
});

Deno.test("a password that was right by a list that is not in force any more is wrong", () => {
  const table = new PasswordTable({ web: "secret" }, { later: true });
  const login = table.logins.open(new TestClient());
  login.try("web", "secret");
  table.logins.renew(usersNamed("job"));
  table.answer();
  assertEquals(login.verdict, { finding: Finding.Wrong });
  assertEquals(login.name, "");
});

Deno.test("a password is forgotten when the file changes", () => {
  const table = new PasswordTable({ web: "secret" }, { later: true });
  table.logins.open(new TestClient()).try("web", "secret");
  table.answer();
  table.logins.renew(usersNamed("web"));
  const login = table.logins.open(new TestClient());
  login.try("web", "secret");
  assertEquals(login.verdict, undefined, "is checked again");
});

Deno.test("each verdict is told once, with the client and the name", () => {
  const table = new PasswordTable({ web: "secret" });
  const client = new TestClient("198.51.100.7");
  const login = table.logins.open(client);
  login.try("web", "guess");
  login.try("web", "secret");
  login.try("x".repeat(300), "secret");
  assertEquals(table.verdicts, [
    ["web", Finding.Wrong, client],
    ["web", Finding.Right, client],
    ["x".repeat(300), Finding.Wrong, client],
  ]);
});
