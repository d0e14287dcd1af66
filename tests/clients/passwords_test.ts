/** Real clients of Redis that log in, while the server checks their passwords. */

import { assertEquals, assertRejects } from "@std/assert";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { SECRET } from "../access/password_table.ts";
import { portOf, startPool } from "../server/start_pool.ts";
import { isInstalled, run } from "./serving.ts";

/** Runs a test against a server with the users `web` and `default`. */
async function guarded(test: (port: number) => Promise<void>): Promise<void> {
  const text = `web:${SECRET}\ndefault:${SECRET}\n`;
  const pool = await startPool({
    records: { k: "abc" },
    protocol: "resp",
    transport: "deno",
    threads: 1,
    credentials: { users: { path: "users", text } },
  });
  try {
    await test(portOf(pool.spec.addresses[0]));
  } finally {
    await pool.stop();
  }
}

Deno.test("ioredis logs in, and is told when its password is wrong", () =>
  guarded(async (port) => {
    const client = (password: string, username?: string) =>
      new Redis(port, "127.0.0.1", {
        username,
        password,
        lazyConnect: true,
        retryStrategy: () => null,
      });
    for (const username of ["web", undefined]) {
      const right = client("secret", username);
      assertEquals(await right.get("k"), "abc");
      right.disconnect();
    }
    const wrong = client("guess", "web");
    wrong.on("error", () => {});
    await assertRejects(() => wrong.get("k"), Error, "WRONGPASS");
    wrong.disconnect();
  }));

for (const RESP of [2, 3] as const) {
  Deno.test(`node-redis logs in over RESP${RESP}, and is told when its password is wrong`, () =>
    guarded(async (port) => {
      const client = (username: string, password: string) => {
        const made = createClient({
          RESP,
          username,
          password,
          socket: { port, reconnectStrategy: false },
        });
        made.on("error", () => {});
        return made;
      };
      const right = client("web", "secret");
      await right.connect();
      assertEquals(await right.get("k"), "abc");
      right.destroy();
      const wrong = client("web", "guess");
      await assertRejects(() => wrong.connect(), Error, "WRONGPASS");
    }));
}

Deno.test("redis-cli logs in, and is told when its password is wrong", () =>
  guarded(async (port) => {
    if (!await isInstalled("redis-cli", ["--version"])) return;
    const cli = async (...args: string[]) => {
      const options = ["-p", String(port), "--no-auth-warning"];
      return (await run("redis-cli", [...options, ...args]))!;
    };
    for (const user of [["--user", "web"], []]) {
      for (const version of ["-2", "-3"]) {
        const args = [version, ...user, "--pass", "secret", "get", "k"];
        assertEquals((await cli(...args)).out, "abc\n");
      }
    }
    const { out, errors } = await cli("--pass", "guess", "get", "k");
    assertEquals(out, "NOAUTH Authentication required.\n\n");
    assertEquals(
      errors,
      "AUTH failed: WRONGPASS invalid username-password pair or user is disabled.\n",
    );
  }));
