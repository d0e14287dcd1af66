/** The queue of passwords to be checked, with a clock of its own and no thread. */

import { assert, assertEquals } from "@std/assert";
import { CheckQueue } from "../../src/access/check_queue.ts";
import { UserList } from "../../src/access/users.ts";
import { Finding, type Verdict } from "../../src/access/verdict.ts";
import { SECRET, usersNamed } from "./password_table.ts";

/** Of 1,000 rounds, so that tests are quick; `openssl passwd -6 -salt rounds=1000$salt secret` */
const QUICK =
  "$6$rounds=1000$salt$HNxBeBnDfSfUrTj6KiLnmd7tGCvHEmcExh8kl/S0cZ5WrCciNZgfhbpkeFQ4JfkHX.8vPq45lY0iINnCx1Lkm.";

/** A queue, and what came of what was asked of it, in order. */
class Asked {
  now = 0;
  readonly answers: [id: number, finding: Finding][] = [];
  readonly verdicts = new Map<number, Verdict>();
  readonly queue: CheckQueue;
  #lastId = 0;

  constructor(users: UserList) {
    this.queue = new CheckQueue(users, (id, verdict) => {
      this.answers.push([id, verdict.finding]);
      this.verdicts.set(id, verdict);
    }, () => this.now);
  }

  ask(address: string, name: string, password: string): number {
    const id = ++this.#lastId;
    this.queue.add({ id, address, name, password });
    return id;
  }

  /** Does all that there is to do; how many steps it took. */
  run(): number {
    let steps = 0;
    for (; this.queue.waiting > 0; steps++) this.queue.step();
    return steps;
  }

  finding(id: number): Finding | undefined {
    return this.verdicts.get(id)?.finding;
  }
}

Deno.test("a right password is told with its hash, a wrong one is wrong", () => {
  const asked = new Asked(usersNamed("web"));
  const right = asked.ask("192.0.2.1", "web", "secret");
  const wrong = asked.ask("192.0.2.1", "web", "guess");
  const nobody = asked.ask("192.0.2.1", "job", "secret");
  assertEquals(asked.answers, [], "nothing is checked before its turn");
  asked.run();
  assertEquals(asked.verdicts.get(right), {
    finding: Finding.Right,
    hash: SECRET,
  });
  assertEquals(asked.verdicts.get(wrong), { finding: Finding.Wrong });
  assertEquals(asked.verdicts.get(nobody), { finding: Finding.Wrong });
});

Deno.test("every wrong password costs the work of the slowest, also an unknown name's", () => {
  const slow = SECRET.replace("$6$", "$6$rounds=23456$");
  const users = new UserList(`quick:${QUICK}\nweb:${SECRET}\nslow:${slow}`, "");
  for (const name of ["quick", "web", "slow", "nobody", ""]) {
    const asked = new Asked(users);
    asked.ask("192.0.2.1", name, "guess");
    const steps = asked.run();
    assertEquals(asked.queue.rounds, 23_456, name);
    assert(steps >= 23, "others can have their turns in between");
  }
  const asked = new Asked(users);
  asked.ask("192.0.2.1", "web", "secret");
  asked.run();
  assertEquals(asked.queue.rounds, 5000, "a right one costs its own");
});

Deno.test("addresses take turns: one that asks for much delays another by one turn in two", () => {
  const slow = SECRET.replace("$6$", "$6$rounds=500000$");
  const asked = new Asked(
    new UserList(`web:${SECRET}\nslow:${slow}`, ""),
  );
  const attack = asked.ask("192.0.2.66", "slow", "guess");
  for (let n = 0; n < 9; n++) {
    for (const name of ["slow", "web", "nobody"]) {
      asked.ask("192.0.2.66", name, `guess ${n}`);
    }
  }
  for (let n = 0; n < 7; n++) asked.queue.step();
  const before = asked.queue.rounds;
  const honest = asked.ask("192.0.2.1", "web", "secret");
  while (asked.finding(honest) === undefined) asked.queue.step();
  const rounds = asked.queue.rounds - before;
  assert(rounds <= 2 * 5000 + 1000, `${rounds} rounds of both`);
  assertEquals(asked.finding(attack), undefined, "is not done yet");
});

Deno.test("wrong passwords are paid for by their address, and by the work that they are", () => {
  for (const [rounds, affordable] of [[5000, 30], [50_000, 5]]) {
    const hash = SECRET.replace("$6$", `$6$rounds=${rounds}$`);
    const users = new UserList(`web:${hash}`, "");
    // What is paid does not depend on when it is checked.
    const asked = new Asked(users);
    const ids: number[] = [];
    for (let n = 0; n < 2 * affordable; n++) {
      ids.push(asked.ask("192.0.2.66", "web", `guess ${n}`));
    }
    const turnedAway = ids.filter((id) => asked.finding(id) !== undefined);
    assertEquals(turnedAway, ids.slice(affordable));
    assertEquals(asked.verdicts.get(ids[affordable]), {
      finding: Finding.TooMany,
      seconds: Math.ceil(rounds / 5000 / 3),
    });
    const other = asked.ask("192.0.2.1", "web", "guess");
    assertEquals(asked.finding(other), undefined, "another may try");
    asked.now += 1000 * rounds / 5000 / 3;
    const again = asked.ask("192.0.2.66", "web", "later");
    assertEquals(asked.finding(again), undefined, "one may, after the time");
    const more = asked.ask("192.0.2.66", "web", "and more");
    assertEquals(asked.finding(more), Finding.TooMany);
  }
});

Deno.test("all addresses of an IPv6 network have one budget", () => {
  const asked = new Asked(usersNamed("web"));
  for (let n = 0; n < 30; n++) {
    asked.ask(`2001:db8::${n.toString(16)}`, "web", `guess ${n}`);
  }
  const more = asked.ask("2001:db8::ffff", "web", "guess");
  assertEquals(asked.finding(more), Finding.TooMany);
  const other = asked.ask("2001:db8:0:1::1", "web", "guess");
  assertEquals(asked.finding(other), undefined);
});

Deno.test("right passwords cost an address little: a thousand clients of twenty users get in", () => {
  const names = Array.from({ length: 20 }, (_, n) => `user${n}`);
  const users = new UserList(names.map((n) => `${n}:${QUICK}\n`).join(""), "");
  const asked = new Asked(users);
  for (let round = 0; round < 10; round++) {
    for (const name of names) {
      for (let n = 0; n < 5; n++) asked.ask("192.0.2.1", name, "secret");
    }
    asked.run();
    asked.queue.renew(users); // so that all are checked again
  }
  assertEquals(asked.answers.length, 1000);
  assert(asked.answers.every(([, finding]) => finding === Finding.Right));
  assertEquals(asked.queue.rounds, 10 * 20 * 1000, "one check for all five");
});

Deno.test("one that was right is known without a check, until the list changes", () => {
  const asked = new Asked(usersNamed("web"));
  asked.ask("192.0.2.1", "web", "secret");
  asked.run();
  const { rounds } = asked.queue;
  const again = asked.ask("192.0.2.2", "web", "secret");
  assertEquals(asked.finding(again), Finding.Right);
  assertEquals(asked.queue.rounds, rounds);
  asked.queue.renew(usersNamed("web", "job"));
  const later = asked.ask("192.0.2.2", "web", "secret");
  assertEquals(asked.finding(later), undefined, "is checked again");
});

Deno.test("a check that has been begun is made by the list that is in force at its end", () => {
  const asked = new Asked(usersNamed("web"));
  const former = asked.ask("192.0.2.1", "web", "secret");
  const next = asked.ask("192.0.2.2", "job", "secret");
  for (let n = 0; n < 6; n++) asked.queue.step();
  asked.queue.renew(usersNamed("job"));
  asked.run();
  assertEquals(asked.finding(former), Finding.Wrong);
  assertEquals(asked.finding(next), Finding.Right);
});

Deno.test("the queue has an end, and room for who has less in it than others", () => {
  const asked = new Asked(usersNamed("web"));
  const ids: number[] = [];
  for (let address = 0; address < 50; address++) {
    for (let n = 0; n < 30; n++) {
      ids.push(asked.ask(`192.0.2.${address}`, "web", `guess ${n}`));
    }
  }
  assertEquals(asked.queue.waiting, 1000);
  const waiting = ids.filter((id) => asked.finding(id) === undefined);
  assertEquals(waiting.length, 1000);
  assert(asked.answers.every(([, finding]) => finding === Finding.Crowded));
  const perAddress = new Array(50).fill(0);
  for (const id of waiting) perAddress[Math.floor((id - 1) / 30)]++;
  assert(perAddress.every((count) => count >= 19), perAddress.join());
  const honest = asked.ask("198.51.100.1", "web", "secret");
  assertEquals(asked.queue.waiting, 1000);
  while (asked.finding(honest) === undefined) asked.queue.step();
  assertEquals(asked.finding(honest), Finding.Right);
});

Deno.test("who was turned away for want of time has paid nothing", () => {
  const asked = new Asked(usersNamed("web"));
  const others = Array.from(
    { length: 1000 },
    (_, n) => asked.ask(`192.0.${n >> 8}.${n & 255}`, "web", "guess"),
  );
  for (let n = 0; n < 500; n++) {
    const id = asked.ask("198.51.100.1", "web", `guess ${n}`);
    assertEquals(asked.finding(id), Finding.Crowded);
  }
  for (const id of others) asked.queue.giveUp(id);
  const later = asked.ask("198.51.100.1", "web", "secret");
  asked.run();
  assertEquals(asked.finding(later), Finding.Right);
});

Deno.test("a check that waits too long is given up, and told", () => {
  const asked = new Asked(usersNamed("web"));
  const id = asked.ask("192.0.2.1", "web", "secret");
  asked.queue.step();
  asked.now += 20_001;
  asked.run();
  assertEquals(asked.answers, [[id, Finding.Crowded]]);
});

Deno.test("what nobody waits for is not checked, and not paid for", () => {
  const asked = new Asked(usersNamed("web"));
  for (let n = 0; n < 500; n++) {
    asked.queue.giveUp(asked.ask("192.0.2.1", "web", `guess ${n}`));
  }
  assertEquals(asked.queue.waiting, 0);
  const first = asked.ask("192.0.2.1", "web", "same");
  const second = asked.ask("192.0.2.1", "web", "same");
  asked.queue.giveUp(first);
  asked.run();
  assertEquals(asked.answers, [[second, Finding.Wrong]]);
  assertEquals(asked.queue.rounds, 5000);
});
