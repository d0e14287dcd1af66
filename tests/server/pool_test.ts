import { assert, assertEquals, assertRejects } from "@std/assert";
import { SwapTimeoutError } from "../../src/handler/handler.ts";
import { RESTARTS } from "../../src/protocol/counters.ts";
import { parseAddress } from "../../src/server/address.ts";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import type { TransportName } from "../../src/server/messages.ts";
import type { ServerPool } from "../../src/server/pool.ts";
import { withLogs } from "../logs.ts";
import { inDirectory, until } from "../temporary.ts";
import { Client } from "./client.ts";
import {
  portOf,
  shared,
  startPool,
  swapIn,
  type TestPool,
} from "./start_pool.ts";

const TRANSPORTS: TransportName[] = epollSupported()
  ? ["deno", "epoll"]
  : ["deno"];

/** Registers a test for each transport. */
function onEach(
  name: string,
  options: Partial<TestPool>,
  test: (pool: ServerPool, port: number, logs: string[]) => Promise<void>,
): void {
  for (
    const transport of options.transport ? [options.transport] : TRANSPORTS
  ) {
    Deno.test(`${name} (${transport})`, () =>
      withLogs(async (logs) => {
        const pool = await startPool({
          records: { k: "1" },
          threads: 2,
          ...options,
          transport,
        });
        const [address] = pool.spec.addresses;
        try {
          await test(pool, "port" in address ? portOf(address) : 0, logs);
        } finally {
          await pool.stop();
        }
      }));
  }
}

/** Connections enough that each thread has some. */
function connectMany(port: number, count = 32): Promise<Client[]> {
  return Promise.all(
    Array.from({ length: count }, () => Client.connect(port)),
  );
}

async function values(clients: Client[]): Promise<string[]> {
  const answers = await Promise.all(
    clients.map((client) => client.ask("get k\r\n", "END\r\n")),
  );
  return [...new Set(answers.map((answer) => answer.split("\r\n")[1]))];
}

const mortal = { entry: new URL("./mortal_worker.ts", import.meta.url) };

onEach(
  "after a swap no connection sees the old data",
  {},
  async (pool, port) => {
    const clients = await connectMany(port);
    assertEquals(await values(clients), ["1"]);
    for (let n = 2; n < 12; n++) {
      await swapIn(pool, await shared({ k: String(n) }));
      assertEquals(await values(clients), [String(n)]);
    }
    for (const client of clients) client.close();
  },
);

onEach(
  "a thread that cannot open the data stops the swap",
  {},
  async (pool, port) => {
    const clients = await connectMany(port);
    const next = await shared({ k: "2" });
    const broken = { ...next, data: { ...next.data, memory: null } };
    await assertRejects(() => swapIn(pool, broken));
    assertEquals(await values(clients), ["1"]);
    await swapIn(pool, next);
    assertEquals(await values(clients), ["2"]);
    for (const client of clients) client.close();
  },
);

onEach(
  "a thread that does not answer in time stops the swap",
  { ...mortal, transport: "deno" },
  async (pool, port) => {
    const clients = await connectMany(port);
    const next = await shared({ k: "2" });
    const silent = { ...next, facts: { ...next.facts, path: "fall silent" } };
    await assertRejects(() => swapIn(pool, silent, 200), SwapTimeoutError);
    assertEquals(await values(clients), ["1"]);
    for (const client of clients) client.close();
  },
);

onEach(
  "a thread that dies is replaced by one with the current data",
  mortal,
  async (pool, port, logs) => {
    await swapIn(pool, await shared({ k: "2" }));
    const before = await connectMany(port);
    const next = await shared({ k: "3" });
    const deadly = { ...next, facts: { ...next.facts, path: "die" } };
    await assertRejects(() => swapIn(pool, deadly));
    assertEquals(pool.counters[RESTARTS] >= 2, true);
    assert(logs.some((line) => /thread \d died, starting another/.test(line)));
    // The connections of a dead thread are closed, not left hanging.
    for (const client of before) {
      assertEquals(await client.receiveAll().catch(() => ""), "");
      client.close();
    }
    await until("the replacements serve", async () => {
      const clients: Client[] = [];
      try {
        for (let n = 0; n < 32; n++) clients.push(await Client.connect(port));
        return (await values(clients)).join() === "2";
      } catch {
        return false;
      } finally {
        for (const client of clients) client.close();
      }
    });
    await swapIn(pool, next);
    const clients = await connectMany(port);
    assertEquals(await values(clients), ["3"]);
    // The connections of the dead threads are not counted any more; those that
    // this test closed above are as soon as their threads have seen it.
    await until("the count of connections is right", async () => {
      const stats = await clients[0].ask("stats\r\n", "END\r\n");
      return stats.includes("STAT curr_connections 32\r\n");
    });
    for (const client of clients) client.close();
  },
);

onEach(
  "IPv6, and several addresses at a time",
  { addresses: ["[::1]:0", "127.0.0.1:0"].map(parseAddress) },
  async (pool) => {
    for (const address of pool.spec.addresses) {
      if ("path" in address) throw new TypeError("not a TCP address");
      const socket = await Deno.connect(address);
      await socket.write(new TextEncoder().encode("get k\r\n"));
      const answer = new Uint8Array(100);
      const n = await socket.read(answer);
      assertEquals(
        new TextDecoder().decode(answer.subarray(0, n!)),
        "VALUE k 0 1\r\n1\r\nEND\r\n",
      );
      socket.close();
    }
  },
);

for (const transport of TRANSPORTS) {
  Deno.test(`a Unix socket is served, and removed at the end (${transport})`, () =>
    inDirectory(async (directory) => {
      const path = `${directory}/socket`;
      const options = {
        records: { k: "1" },
        transport,
        threads: transport === "epoll" ? 2 : 1,
        addresses: [{ path }],
      };
      const pool = await startPool(options);
      const socket = await Deno.connect({ path, transport: "unix" });
      await socket.write(new TextEncoder().encode("get k\r\n"));
      const answer = new Uint8Array(100);
      const n = await socket.read(answer);
      assertEquals(
        new TextDecoder().decode(answer.subarray(0, n!)),
        "VALUE k 0 1\r\n1\r\nEND\r\n",
      );
      socket.close();
      await assertRejects(() => startPool(options), Deno.errors.AddrInUse);
      await pool.stop();
      await assertRejects(() => Deno.lstat(path), Deno.errors.NotFound);
    }));

  Deno.test(`a socket that a dead server left is replaced (${transport})`, () =>
    inDirectory(async (directory) => {
      const path = `${directory}/socket`;
      const listener = Deno.listen({ path: `${path}.0`, transport: "unix" });
      await Deno.rename(`${path}.0`, path); // so that closing does not remove it
      listener.close();
      const options = { records: {}, transport, threads: 1 };
      const pool = await startPool({ ...options, addresses: [{ path }] });
      await pool.stop();

      const file = `${directory}/file`;
      await Deno.writeTextFile(file, "a file");
      await assertRejects(
        () => startPool({ ...options, addresses: [{ path: file }] }),
        Deno.errors.AlreadyExists,
      );
      assertEquals(await Deno.readTextFile(file), "a file");
    }));
}
