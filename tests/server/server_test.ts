import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { MemcachedProtocol } from "../../src/protocol/memcached/memcached.ts";
import {
  type Address,
  formatAddress,
  parseAddress,
} from "../../src/server/address.ts";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import type { TransportName } from "../../src/server/messages.ts";
import { Server } from "../../src/server/server.ts";
import type { Limits } from "../../src/server/transport.ts";
import { dataSet } from "../protocol/converse.ts";
import { until } from "../temporary.ts";
import { Client } from "./client.ts";
import { portOf, startPool } from "./start_pool.ts";

const BIG = "x".repeat(1_000_000);
const HIT = "VALUE k 0 3\r\nabc\r\nEND\r\n";

/** What serves in a test. */
interface Served {
  port: number;
  stop(): Promise<void>;
}

/** A server within this thread. */
function inThread(limits: Partial<Limits>): Promise<Served> {
  const server = new Server({
    protocol: new MemcachedProtocol(),
    handler: { current: dataSet({ k: "abc", big: BIG }) },
    ...limits,
  });
  const address = server.listen(parseAddress("127.0.0.1:0"));
  return Promise.resolve({ port: portOf(address), stop: () => server.stop() });
}

/** A pool of threads with one of the transports. */
function inPool(transport: TransportName, threads: number) {
  return async (limits: Partial<Limits>): Promise<Served> => {
    const pool = await startPool({
      records: { k: "abc", big: BIG },
      transport,
      threads,
      limits,
    });
    const [address] = pool.spec.addresses;
    return { port: portOf(address), stop: () => pool.stop() };
  };
}

const KINDS: Record<string, (limits: Partial<Limits>) => Promise<Served>> = {
  "in this thread": inThread,
  "Deno.listen, one worker": inPool("deno", 1),
  "Deno.listen, two workers": inPool("deno", 2),
  ...(epollSupported()
    ? {
      "epoll, one worker": inPool("epoll", 1),
      "epoll, two workers": inPool("epoll", 2),
    }
    : {}),
};
if (!epollSupported()) console.log("skipped: epoll is not supported here");

/** Registers a test for each way to serve. */
function onEach(
  name: string,
  limits: Partial<Limits>,
  test: (port: number, server: Served) => Promise<void>,
): void {
  for (const [kind, start] of Object.entries(KINDS)) {
    Deno.test(`${name} (${kind})`, async () => {
      const server = await start(limits);
      try {
        await test(server.port, server);
      } finally {
        await server.stop();
      }
    });
  }
}

async function stat(client: Client, name: string): Promise<number> {
  const stats = await client.ask("stats\r\n", "END\r\n");
  return Number(new RegExp(`STAT ${name} (\\d+)`).exec(stats)![1]);
}

onEach("many connections are served at a time", {}, async (port) => {
  const clients = await Promise.all(
    Array.from({ length: 200 }, () => Client.connect(port)),
  );
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(
      clients.map((client) => client.ask("get k\r\n", "END\r\n")),
    );
    assert(answers.every((answer) => answer === HIT));
  }
  assertEquals(await stat(clients[0], "curr_connections"), 200);
  for (const client of clients) client.close();
});

onEach("large values and long pipelines arrive whole", {}, async (port) => {
  const client = await Client.connect(port);
  const answer = client.receive("END\r\nVERSION 2.0.0\r\n");
  await client.send("get k\r\n".repeat(5000) + "get big big\r\nversion\r\n");
  const value = `VALUE big 0 ${BIG.length}\r\n${BIG}\r\n`;
  const expected = `${
    HIT.repeat(5000)
  }${value}${value}END\r\nVERSION 2.0.0\r\n`;
  assertEquals(await answer === expected, true);
  client.close();
});

onEach("a request may arrive in any pieces", {}, async (port) => {
  const client = await Client.connect(port);
  for (const character of "get k\r\n") {
    await client.send(character);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  assertEquals(await client.receive("END\r\n"), HIT);
  client.close();
});

onEach(
  "a client that does not read is not read from, and costs little",
  {},
  async (port) => {
    const before = Deno.memoryUsage().rss;
    const deaf = await Client.connect(port);
    const request = "get big big big big\r\n".repeat(500); // 2 GB of answers
    let sent = 0;
    const sending = (async () => {
      for (let n = 0; n < 5000; n++) {
        await deaf.send(request);
        sent += request.length;
      }
    })().catch(() => {});
    const honest = await Client.connect(port);
    for (let n = 0; n < 50; n++) {
      assertEquals(await honest.ask("get k\r\n", "END\r\n"), HIT);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert(sent < 20_000_000, `${sent} bytes were read from it`);
    const grown = Deno.memoryUsage().rss - before;
    // Of 2 GB; the test's own client and the heap's growth are in it.
    assert(grown < 300e6, `memory grew by ${grown} bytes`);
    honest.close();
    deaf.close();
    await sending;
  },
);

onEach(
  "one connection too many is told so, and closed",
  { maxConnections: 2 },
  async (port) => {
    const clients = [await Client.connect(port), await Client.connect(port)];
    for (const client of clients) await client.ask("get k\r\n", "END\r\n");
    const third = await Client.connect(port);
    assertEquals(
      await third.receiveAll(),
      "ERROR Too many open connections\r\n",
    );
    third.close();
    assertEquals(await stat(clients[0], "rejected_connections"), 1);
    clients[1].close();
    await until("a place is free", async () => {
      const client = await Client.connect(port);
      const answer = await client.ask("get k\r\n", "\r\n").catch(() => "");
      client.close();
      return answer === HIT;
    });
    clients[0].close();
  },
);

onEach("an idle connection is closed, one that is used is not", {
  idleTimeout: 500,
}, async (port) => {
  const idle = await Client.connect(port);
  const used = await Client.connect(port);
  const closed = idle.receiveAll();
  for (let n = 0; n < 12; n++) {
    assertEquals(await used.ask("get k\r\n", "END\r\n"), HIT);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assertEquals(await closed, "");
  idle.close();
  used.close();
});

onEach(
  "a stop finishes what was asked, and accepts no more",
  {},
  async (port, server) => {
    const idle = await Client.connect(port);
    await idle.ask("get k\r\n", "END\r\n");
    const busy = await Client.connect(port);
    await busy.send("get big big big big big big big big\r\n");
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stopped = server.stop();
    assertEquals(await idle.receiveAll(), "");
    const answer = await busy.receiveAll();
    const value = `VALUE big 0 ${BIG.length}\r\n${BIG}\r\n`;
    assertEquals(answer === `${value.repeat(8)}END\r\n`, true);
    await stopped;
    await assertRejects(() => Client.connect(port));
    idle.close();
    busy.close();
  },
);

onEach(
  "a client that sends no more still gets its answers",
  {},
  async (port) => {
    const client = await Client.connect(port);
    await client.send("get k\r\nget k\r\n");
    await client.finish();
    assertEquals(await client.receiveAll(), HIT + HIT);
    client.close();
  },
);

onEach("a connection that is reset harms nobody", {}, async (port) => {
  for (let n = 0; n < 20; n++) {
    const rude = await Client.connect(port);
    await rude.send("get big big big\r\n");
    rude.close(); // with unread bytes: a reset
  }
  const client = await Client.connect(port);
  assertEquals(await client.ask("get k\r\n", "END\r\n"), HIT);
  await until(
    "all are gone",
    async () => await stat(client, "curr_connections") === 1,
  );
  client.close();
});

onEach("an address in use is an error at once", {}, (port) => {
  const server = new Server({
    protocol: new MemcachedProtocol(),
    handler: { current: undefined },
  });
  assertThrows(
    () => server.listen({ hostname: "127.0.0.1", port }),
    Deno.errors.AddrInUse,
  );
  return Promise.resolve();
});

Deno.test("addresses are read and written as -addr takes them", () => {
  const cases: [string, Address, string][] = [
    [":11211", { hostname: "0.0.0.0", port: 11211 }, "0.0.0.0:11211"],
    ["localhost:0", { hostname: "localhost", port: 0 }, "localhost:0"],
    ["[::1]:80", { hostname: "::1", port: 80 }, "[::1]:80"],
    ["unix:/run/kv", { path: "/run/kv" }, "unix:/run/kv"],
    ["10.0.0.1:65535", { hostname: "10.0.0.1", port: 65535 }, "10.0.0.1:65535"],
  ];
  for (const [text, address, formatted] of cases) {
    assertEquals(parseAddress(text), address);
    assertEquals(formatAddress(address), formatted);
  }
  for (
    const text of [
      "",
      "11211",
      "host",
      "host:",
      "::1:80",
      "a:65536",
      "a:-1",
      "unix:",
      "[1.2.3.4]:80",
      "[a:80",
    ]
  ) {
    assertThrows(() => parseAddress(text), RangeError);
  }
});
