/** Sessions that wait for something other than bytes, on every transport. */

import { assertEquals } from "@std/assert";
import { epollSupported, socketLibc } from "../../src/server/epoll/libc.ts";
import type { Limits } from "../../src/server/transport.ts";
import { until } from "../temporary.ts";
import { Client } from "./client.ts";
import type { Tells, Told } from "./waiting_worker.ts";

/** More bytes than lie between two sockets. */
const LARGE = 8 * 1024 * 1024;

/** A thread that serves sessions which wait. */
class WaitingServer {
  port = 0;
  waiting = 0;
  closed = 0;
  stopped = false;
  readonly #worker: Worker;
  readonly #bell: number;

  constructor(readonly epoll: boolean, limits: Partial<Limits>) {
    this.#worker = new Worker(
      new URL("./waiting_worker.ts", import.meta.url),
      { type: "module" },
    );
    this.#worker.onmessage = ({ data }: MessageEvent<Tells>) => {
      if (data === "stopped") this.stopped = true;
      else Object.assign(this, data);
    };
    this.#bell = epoll ? socketLibc().eventfd(0, 0) : -1;
    this.#worker.postMessage({
      tell: "serve",
      epoll,
      bell: this.#bell,
      limits: { maxConnections: 100, idleTimeout: 0, ...limits },
    });
  }

  tell(tell: "wake" | "close" | "stop"): void {
    const told: Told = { tell };
    this.#worker.postMessage(told);
    if (!this.epoll) return;
    const one = new Uint8Array(new BigUint64Array([1n]).buffer);
    socketLibc().write(this.#bell, one, 8n);
  }

  end(): void {
    this.#worker.terminate();
    if (this.epoll) socketLibc().close(this.#bell);
  }
}

/** A test on each transport. */
function onEach(
  name: string,
  test: (server: WaitingServer) => Promise<void>,
  limits: Partial<Limits> = {},
): void {
  for (const transport of epollSupported() ? ["deno", "epoll"] : ["deno"]) {
    Deno.test(`${name} (${transport})`, async () => {
      const server = new WaitingServer(transport === "epoll", limits);
      try {
        await until("it listens", () => server.port !== 0, 60_000);
        await test(server);
      } finally {
        server.end();
      }
    });
  }
}

onEach(
  "who waits holds up nobody, and is answered in order",
  async (server) => {
    const patient = await Client.connect(server.port);
    await patient.send("one\nwait\ntwo\nwait\nthree\n");
    assertEquals(await patient.receive("\n"), "one\n");
    await until("it waits", () => server.waiting === 1);
    await patient.send("four\n");
    const other = await Client.connect(server.port);
    for (let n = 0; n < 20; n++) {
      assertEquals(await other.ask("hello\n", "\n"), "hello\n");
    }
    server.tell("wake");
    assertEquals(await patient.receive("two\n"), "woken\ntwo\n");
    await until("it waits again", () => server.waiting === 2);
    server.tell("wake");
    assertEquals(await patient.receive("four\n"), "woken\nthree\nfour\n");
    for (const client of [patient, other]) client.close();
  },
);

onEach("who sends no more is still answered after the wait", async (server) => {
  const client = await Client.connect(server.port);
  await client.send("wait\nlast\n");
  await client.finish();
  await until("it waits", () => server.waiting === 1);
  server.tell("wake");
  assertEquals(await client.receiveAll(), "woken\nlast\n");
  client.close();
  await until("it is closed", () => server.closed === 1);
});

onEach(
  "a connection that is closed while it waits is let go of",
  async (server) => {
    const client = await Client.connect(server.port);
    await client.send("wait\nnever\n");
    await until("it waits", () => server.waiting === 1);
    server.tell("close");
    assertEquals(await client.receiveAll(), "");
    client.close();
    await until("it is closed", () => server.closed === 1);
    server.tell("wake");
    const other = await Client.connect(server.port);
    assertEquals(await other.ask("hello\n", "\n"), "hello\n");
    other.close();
  },
);

onEach(
  "who waits is not idle, and is when the wait is over",
  async (server) => {
    const idle = await Client.connect(server.port);
    const patient = await Client.connect(server.port);
    await patient.send("wait\n");
    await until("it waits", () => server.waiting === 1);
    assertEquals(await idle.receiveAll(), "", "is closed");
    assertEquals(server.closed, 1);
    server.tell("wake");
    assertEquals(await patient.receiveAll(), "woken\n");
    await until("it is closed", () => server.closed === 2);
    for (const client of [idle, patient]) client.close();
  },
  { idleTimeout: 500 },
);

onEach("a server that stops answers who waits", async (server) => {
  const idle = await Client.connect(server.port);
  const patient = await Client.connect(server.port);
  await patient.send("wait\nlast\n");
  await until("it waits", () => server.waiting === 1);
  server.tell("stop");
  assertEquals(await idle.receiveAll(), "");
  server.tell("wake");
  assertEquals(await patient.receiveAll(), "woken\nlast\n");
  await until("it has stopped", () => server.stopped);
  for (const client of [idle, patient]) client.close();
});

onEach(
  "what is woken while its reply is being sent comes behind it",
  async (server) => {
    const client = await Client.connect(server.port);
    await client.send(`large ${LARGE}\nwait\nlast\n`);
    await until("it waits", () => server.waiting === 1);
    server.tell("wake");
    const other = await Client.connect(server.port);
    assertEquals(await other.ask("hello\n", "\n"), "hello\n");
    const received = await client.receive("last\n");
    assertEquals(received.length, LARGE + "\nwoken\nlast\n".length);
    assertEquals(received.slice(-13), "x\nwoken\nlast\n");
    for (const one of [client, other]) one.close();
  },
);

onEach("a session knows its client's address", async (server) => {
  const client = await Client.connect(server.port);
  assertEquals(await client.ask("address\n", "\n"), "127.0.0.1\n");
  client.close();
});
