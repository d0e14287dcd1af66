import { assertEquals } from "@std/assert";
import type { FileText } from "../../src/access/entries.ts";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { Client } from "./client.ts";
import type { ServerPool } from "../../src/server/pool.ts";
import { portOf, startPool, type TestPool } from "./start_pool.ts";

/** `openssl passwd -6 -salt goromdb`, of `secret` and of `changed`. */
const SECRET =
  "$6$goromdb$JTvt27urRiusaHzKbIiKzn3BrvvgIul2WJMFd5Vum2GHBp8R5pBB1oEir5WAleURywXdAJcZp5pPmR1E4xQJM.";
const CHANGED =
  "$6$goromdb$0G8xyA1gpA8YuRWGbh2miBMzCsehFrkXpfTR1.9Ycd51jYk1y7bPyP8dTIXonpolRzVyxtSHromadh.fmWywf0";

/** `openssl passwd -6 -salt 'rounds=20000$goromdb' secret` */
const SLOW =
  "$6$rounds=20000$goromdb$.H639BcYW1iwAKaBjoYrsu6U/8R4HfFuHPiC99F7nkgMBHlP9P/r98eD1V4WAoTABLNQR1MSOCbTb348xNb04/";

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

/** A test of each protocol on each transport, with users `web` and `job`. */
function onEach(
  name: string,
  test: (
    pool: ServerPool,
    words: typeof PROTOCOLS.resp,
  ) => Promise<void>,
  options: Partial<TestPool> = {},
): void {
  for (const transport of ["deno", "epoll"] as const) {
    if (transport === "epoll" && !epollSupported()) continue;
    for (const [protocol, words] of Object.entries(PROTOCOLS)) {
      Deno.test(`${name} (${protocol}, ${transport})`, async () => {
        const pool = await startPool({
          records: { k: "abc" },
          protocol,
          transport,
          threads: 2,
          credentials: { users: usersFile({ web: SECRET, job: SECRET }) },
          ...options,
        });
        try {
          await test(pool, words);
        } finally {
          await pool.stop();
        }
      });
    }
  }
}

function usersFile(hashes: Record<string, string>): FileText {
  const lines = Object.entries(hashes).map((pair) => `${pair.join(":")}\n`);
  return { path: "users", text: lines.join("") };
}

const connectTo = ({ spec }: ServerPool) =>
  Client.connect(portOf(spec.addresses[0]));

onEach(
  "a password is asked for, and another when it is changed",
  async (pool, words) => {
    const client = await connectTo(pool);
    const { get, hit } = words;
    assertEquals(await client.ask(get, "\r\n"), words.stranger);
    assertEquals(await client.ask(words.logIn("guess"), "\r\n"), words.refused);
    assertEquals(
      await client.ask(words.logIn("secret"), "\r\n"),
      words.admitted,
    );
    assertEquals(await client.ask(get, hit), hit);
    client.close();

    await pool.renew({ users: usersFile({ web: CHANGED }) });
    for (
      const [password, answer] of [
        ["secret", words.refused],
        ["changed", words.admitted],
      ]
    ) {
      const another = await connectTo(pool);
      assertEquals(await another.ask(words.logIn(password), "\r\n"), answer);
      another.close();
    }
  },
);

onEach(
  "what is sent behind a password is answered behind it",
  async (pool, words) => {
    const { get, hit, logIn, refused, admitted, stranger } = words;
    for (let n = 0; n < 3; n++) {
      const client = await connectTo(pool);
      await client.send(
        get + logIn("guess") + get + logIn("secret") + get + get,
      );
      await client.finish();
      assertEquals(
        await client.receiveAll(),
        stranger + refused + stranger + admitted + hit + hit,
      );
      client.close();
    }
    const client = await connectTo(pool);
    const sent = logIn("secret") + get + get;
    for (const byte of sent) await client.send(byte);
    assertEquals(await client.receive(hit + hit), admitted + hit + hit);
    client.close();
  },
);

onEach(
  "who is waiting for a check when the server stops is answered",
  async (pool, words) => {
    const { get, hit, logIn, admitted, stranger } = words;
    const client = await connectTo(pool);
    await client.send(get + logIn("secret") + get);
    assertEquals(await client.receive("\r\n"), stranger);
    const [answer] = await Promise.all([client.receiveAll(), pool.stop()]);
    assertEquals(answer, admitted + hit);
    client.close();
  },
  { credentials: { users: usersFile({ web: SLOW }) } },
);

onEach(
  "a client that goes while it waits harms nobody",
  async (pool, words) => {
    for (let n = 0; n < 20; n++) {
      const client = await connectTo(pool);
      await client.send(words.logIn(`guess ${n % 2}`));
      client.close();
    }
    const client = await connectTo(pool);
    assertEquals(
      await client.ask(words.logIn("secret"), "\r\n"),
      words.admitted,
    );
    client.close();
  },
);

onEach("the tenth failure closes the connection", async (pool, words) => {
  const client = await connectTo(pool);
  await client.send(words.logIn("guess").repeat(12) + words.get);
  assertEquals(await client.receiveAll(), words.refused.repeat(10));
  client.close();
});

onEach(
  "whose user is removed, or has another password, loses his connections",
  async (pool, words) => {
    const { get, hit, logIn, admitted } = words;
    const clients = await Promise.all(
      Array.from({ length: 8 }, () => connectTo(pool)),
    );
    const as = (name: string) => logIn("secret").replace(/\bweb\b/, name);
    for (const [n, client] of clients.entries()) {
      const name = n < 4 ? "web" : "job";
      assertEquals(await client.ask(as(name), "\r\n"), admitted);
    }
    const stranger = await connectTo(pool);
    assertEquals(await stranger.ask(get, "\r\n"), words.stranger);

    await pool.renew({ users: usersFile({ web: SECRET, new: CHANGED }) });
    for (const client of clients.slice(4)) {
      assertEquals(await client.receiveAll(), "");
    }
    for (const client of clients.slice(0, 4)) {
      assertEquals(await client.ask(get, hit), hit);
    }
    assertEquals(await stranger.ask(get, "\r\n"), words.stranger);

    await pool.renew({ users: usersFile({ web: CHANGED }) });
    for (const client of clients.slice(0, 4)) {
      assertEquals(await client.receiveAll(), "");
    }
    for (const client of [...clients, stranger]) client.close();
  },
);

onEach(
  "with -keep-sessions connections stay when their user goes",
  async (pool, words) => {
    const client = await connectTo(pool);
    const { get, hit } = words;
    await client.ask(words.logIn("secret"), words.admitted);
    await pool.renew({ users: usersFile({ job: SECRET }) });
    assertEquals(await client.ask(get, hit), hit);
    const another = await connectTo(pool);
    assertEquals(
      await another.ask(words.logIn("secret"), "\r\n"),
      words.refused,
    );
    for (const one of [client, another]) one.close();
  },
  { keepSessions: true },
);

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
