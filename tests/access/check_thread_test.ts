/** The thread that checks passwords, as its owner sees it. */

import { assertEquals } from "@std/assert";
import { CheckThread } from "../../src/access/check_thread.ts";
import { Finding, type Verdict } from "../../src/access/verdict.ts";
import { withLogs } from "../logs.ts";
import { until } from "../temporary.ts";
import { SECRET } from "./password_table.ts";

const USERS = { path: "users", text: `web:${SECRET}\n` };

function check(thread: CheckThread, password: string): Promise<Verdict> {
  return new Promise((resolve) => {
    const address = "192.0.2.1";
    thread.check({ name: "web", password, address }, resolve);
  });
}

Deno.test("a thread checks passwords, by another list when it is given one", async () => {
  const thread = new CheckThread(USERS);
  try {
    const verdicts = await Promise.all([
      check(thread, "secret"),
      check(thread, "guess"),
    ]);
    assertEquals(verdicts, [
      { finding: Finding.Right, hash: SECRET },
      { finding: Finding.Wrong },
    ]);
    thread.renew({ path: "users", text: `job:${SECRET}\n` });
    assertEquals(await check(thread, "secret"), { finding: Finding.Wrong });
  } finally {
    thread.close();
  }
});

Deno.test("a check that is given up has no verdict, and holds up no other", async () => {
  const thread = new CheckThread(USERS);
  try {
    const given: Verdict[] = [];
    for (let n = 0; n < 20; n++) {
      const id = thread.check(
        { name: "web", password: `guess ${n}`, address: "192.0.2.1" },
        (verdict) => given.push(verdict),
      );
      thread.giveUp(id);
    }
    assertEquals((await check(thread, "secret")).finding, Finding.Right);
    assertEquals(given, []);
  } finally {
    thread.close();
  }
});

Deno.test("a thread that dies is replaced; who waited is told to come again", () =>
  withLogs(async (logs) => {
    const entry = new URL("./mortal_check_worker.ts", import.meta.url);
    const thread = new CheckThread(USERS, entry);
    try {
      assertEquals((await check(thread, "secret")).finding, Finding.Right);
      const [waiting, dying] = await Promise.all([
        check(thread, "guess"),
        check(thread, "die"),
      ]);
      assertEquals(dying, { finding: Finding.Crowded });
      assertEquals(waiting, { finding: Finding.Crowded });
      assertEquals(await check(thread, "secret"), { finding: Finding.Crowded });
      await until(
        "another checks",
        async () => (await check(thread, "secret")).finding === Finding.Right,
      );
      assertEquals(logs.length, 1);
      assertEquals(
        /^error: the thread that checks passwords died.*told to die/.test(
          logs[0],
        ),
        true,
      );
    } finally {
      thread.close();
    }
  }));
