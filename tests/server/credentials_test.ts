import { assertEquals } from "@std/assert";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { Client } from "./client.ts";
import { portOf, startPool } from "./start_pool.ts";

/** `openssl passwd -6 -salt goromdb`, of `secret` and of `changed`. */
const SECRET =
  "$6$goromdb$JTvt27urRiusaHzKbIiKzn3BrvvgIul2WJMFd5Vum2GHBp8R5pBB1oEir5WAleURywXdAJcZp5pPmR1E4xQJM.";
const CHANGED =
  "$6$goromdb$0G8xyA1gpA8YuRWGbh2miBMzCsehFrkXpfTR1.9Ycd51jYk1y7bPyP8dTIXonpolRzVyxtSHromadh.fmWywf0";

/** `printf secret | sha256sum`, and of `changed` */
const SECRET_SUM =
  "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
const CHANGED_SUM =
  "d67e2e944994496c8d8ec76eed0cf9f09679448d584b532bebf941852a37f5ed";

/** How each protocol says who one is, what it answers, and how it gets `k`. */
const PROTOCOLS = {
  memcached: {
    logIn: (password: string) =>
      `set a 0 0 ${password.length + 4}\r\nweb ${password}\r\n`,
    admitted: "STORED\r\n",
    refused: "CLIENT_ERROR authentication failure\r\n",
    get: "get k\r\n",
    stranger: "CLIENT_ERROR unauthenticated\r\n",
    hit: "VALUE k 0 3\r\nabc\r\nEND\r\n",
  },
  resp: {
    logIn: (password: string) => `AUTH web ${password}\r\n`,
    admitted: "+OK\r\n",
    refused:
      "-WRONGPASS invalid username-password pair or user is disabled.\r\n",
    get: "GET k\r\n",
    stranger: "-NOAUTH Authentication required.\r\n",
    hit: "$3\r\nabc\r\n",
  },
};

for (const transport of ["deno", "epoll"] as const) {
  if (transport === "epoll" && !epollSupported()) continue;
  for (const [protocol, words] of Object.entries(PROTOCOLS)) {
    Deno.test(`${protocol} asks for a password, and another when it is changed (${transport})`, async () => {
      const users = { path: "users", text: `web:${SECRET}\n` };
      const pool = await startPool({
        records: { k: "abc" },
        protocol,
        transport,
        threads: 2,
        credentials: { users },
      });
      const port = portOf(pool.spec.addresses[0]);
      try {
        const client = await Client.connect(port);
        const { get, hit } = words;
        assertEquals(await client.ask(get, "\r\n"), words.stranger);
        assertEquals(
          await client.ask(words.logIn("guess"), "\r\n"),
          words.refused,
        );
        assertEquals(
          await client.ask(words.logIn("secret"), "\r\n"),
          words.admitted,
        );
        assertEquals(await client.ask(get, hit), hit);

        await pool.renew({ users: { ...users, text: `web:${CHANGED}\n` } });
        assertEquals(await client.ask(get, hit), hit, "who is in stays");
        for (
          const [password, answer] of [
            ["secret", words.refused],
            ["changed", words.admitted],
          ]
        ) {
          const another = await Client.connect(port);
          assertEquals(
            await another.ask(words.logIn(password), "\r\n"),
            answer,
          );
          another.close();
        }
        client.close();
      } finally {
        await pool.stop();
      }
    });
  }
}

Deno.test("HTTP asks for a token, and another when it is changed", async () => {
  const tokens = { path: "tokens", text: `web:${SECRET_SUM}` };
  const pool = await startPool({
    records: { k: "abc" },
    protocol: "http",
    transport: "deno",
    threads: 2,
    credentials: { tokens },
  });
  try {
    const port = portOf(pool.spec.addresses[0]);
    const ask = async (token: string) => {
      const response = await fetch(`http://127.0.0.1:${port}/v1/default/k`, {
        headers: { authorization: `Bearer ${token}` },
      });
      return [response.status, (await response.text()).slice(0, 3)];
    };
    assertEquals(await ask("secret"), [200, "abc"]);
    assertEquals((await ask("changed"))[0], 401);
    await pool.renew({ tokens: { ...tokens, text: `web:${CHANGED_SUM}` } });
    assertEquals((await ask("secret"))[0], 401);
    assertEquals(await ask("changed"), [200, "abc"]);
  } finally {
    await pool.stop();
  }
});
