/**
 * Clients that make the server hold as much as they can: what they get of it is
 * the budget, and it goes back to the system when they have gone.
 */

import { assert, assertEquals } from "@std/assert";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { Client } from "../server/client.ts";
import { inDirectory, until } from "../temporary.ts";
import { whileAsking } from "./honest_client.ts";
import { Program } from "./program.ts";

const MB = 1024 * 1024;

/** What clients may make the server hold. */
const BUDGET = 128 * MB;

/** What the server may take besides: its heaps, and what is freed and not given back yet. */
const BESIDES = 64 * MB;

/** So much is waited for to come back, and twice as much may stay for a while. */
const LEFT = 20 * MB;

/** How often each attack is repeated. */
const ROUNDS = Number(Deno.env.get("GOROMDB_MEMORY_ROUNDS") ?? 2);

/** For how long an attack goes on at least, in milliseconds. */
const LEAST = 1000;

const encoder = new TextEncoder();
const pause = (ms: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, ms));

/** How each protocol is attacked. */
interface Victim {
  /** An honest request, and how its answer ends. */
  readonly honest: string;
  readonly ending: string;
  /** The beginning of a request that never ends, and how it goes on. */
  readonly beginning: string;
  readonly filling: string;
  /** How much of it is sent, by how many. */
  readonly length: number;
  readonly clients: number;
  /** What a client is told for whom there is no memory, or how that begins. */
  readonly words: string;
  /** A request for much. */
  readonly greedy: string;
  /** Asks for the figures of the budget, and how the answer ends. */
  readonly figures?: readonly [request: string, ending: string];
}

const VICTIMS: Record<string, Victim> = {
  resp: {
    honest: "GET k\r\n",
    ending: "1\r\n",
    beginning: `*2\r\n$4\r\nMGET\r\n$${15 * MB}\r\n`,
    filling: "x".repeat(65_536),
    length: 15 * MB - 65_536,
    clients: 60,
    words: "-OOM command not allowed when used memory > 'maxmemory'.\r\n",
    greedy: "*2\r\n$3\r\nGET\r\n$5\r\nlarge\r\n",
    figures: ["INFO goromdb\r\n", "\r\n\r\n"],
  },
  memcached: {
    honest: "get k\r\n",
    ending: "END\r\n",
    beginning: "get ",
    filling: "k ".repeat(32_768),
    length: 900_000,
    clients: 300,
    words: "SERVER_ERROR out of memory reading request\r\n",
    greedy: "get large\r\n",
    figures: ["stats goromdb\r\n", "END\r\n"],
  },
  http: {
    honest: "GET /v1/default/k HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ending: "\r\n\r\n1",
    beginning: "POST /v1/default:batchGet HTTP/1.1\r\nHost: localhost\r\n" +
      "Content-Type: application/json\r\nContent-Length: 4000000\r\n\r\n" +
      '{"keys":["',
    filling: "x".repeat(400) + `","${"y".repeat(400)}","`,
    length: 3_900_000,
    clients: 100,
    words: "HTTP/1.1 503 ",
    greedy: "GET /v1/default/large HTTP/1.1\r\nHost: localhost\r\n\r\n",
  },
};

async function rss(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

/** Sends the beginning of a long request; returns what is answered to that. */
async function begin(
  port: number,
  { beginning, filling, length }: Victim,
): Promise<{ socket: Deno.Conn; told: () => string }> {
  const socket = await Deno.connect({ port });
  let told = "";
  (async () => {
    const bytes = new Uint8Array(1000);
    const count = await socket.read(bytes);
    told = new TextDecoder().decode(bytes.subarray(0, count ?? 0));
  })().catch(() => {});
  try {
    await socket.write(encoder.encode(beginning));
    const piece = encoder.encode(
      filling.repeat(Math.ceil(65_536 / filling.length)),
    );
    for (let sent = 0; sent < length;) sent += await socket.write(piece);
  } catch {
    // The server has closed.
  }
  return { socket, told: () => told };
}

type Attack = (
  port: number,
  victim: Victim,
) => Promise<{ sockets: Deno.Conn[]; told: string[] }>;

const ATTACKS: Record<string, Attack> = {
  async "unfinished requests"(port, victim) {
    const begun = await Promise.all(
      Array.from({ length: victim.clients }, () => begin(port, victim)),
    );
    await pause(LEAST);
    return {
      sockets: begun.map(({ socket }) => socket),
      told: begun.map(({ told }) => told()).filter((words) => words !== ""),
    };
  },
  async "clients that ask for much and read nothing"(port, { greedy }) {
    const request = encoder.encode(greedy.repeat(100));
    const sockets = await Promise.all(
      Array.from({ length: 600 }, () => Deno.connect({ port })),
    );
    for (const socket of sockets) socket.write(request).catch(() => {});
    await pause(LEAST);
    return { sockets, told: [] };
  },
};

const compiled = Deno.env.get("GOROMDB_EXECUTABLE") !== undefined;

for (const [protocol, victim] of Object.entries(VICTIMS)) {
  for (const transport of epollSupported() ? ["epoll", "deno"] : ["deno"]) {
    Deno.test({
      name:
        `memory stays within the budget, and comes back (${protocol}, ${transport})`,
      // It takes Linux and the C library. The executable is of an older Deno,
      // whose transport does not give all back at once.
      ignore: !epollSupported() || compiled && transport === "deno",
      fn: () =>
        inDirectory((directory) =>
          attackAll(directory, protocol, transport, victim)
        ),
    });
  }
}

for (const transport of epollSupported() ? ["epoll", "deno"] : ["deno"]) {
  Deno.test(`the longest request has room, until SIGHUP takes it away (${transport})`, () =>
    inDirectory(async (directory) => {
      const records = { k: "1" };
      await Deno.writeTextFile(
        `${directory}/data.json`,
        JSON.stringify(records),
      );
      const file = `${directory}/goromdb.json`;
      const configure = (limit: string) =>
        Deno.writeTextFile(
          file,
          JSON.stringify({
            "max-memory": limit,
            databases: { default: { file: "data.json" } },
            listeners: [{ addr: "127.0.0.1:0", proto: "resp", transport }],
          }),
        );
      await configure("64M");
      await using program = await Program.startIn({}, "-config", file);
      await program.line(/serving/);
      // 16 MB, as many keys as that has room for.
      const count = 150_000;
      const missing = `$100\r\n${"x".repeat(100)}\r\n`;
      const request = `*${count + 2}\r\n$4\r\nMGET\r\n${
        missing.repeat(count)
      }$1\r\nk\r\n`;
      assert(request.length > 15.4 * MB && request.length < 16 * MB);
      const client = await Client.connect(program.port);
      const answer = `*${count + 1}\r\n${"$-1\r\n".repeat(count)}$1\r\n1\r\n`;
      assertEquals(await client.ask(request, "$1\r\n1\r\n") === answer, true);
      const figures = await client.ask("INFO goromdb\r\n", "\r\n\r\n");
      const held = Number(/memory_in_flight:(\d+)/.exec(figures)![1]);
      assert(held < MB, `${held} bytes are held of a request that is answered`);
      await configure("4M");
      Deno.kill(program.pid, "SIGHUP");
      await program.line(/in force/);
      const told = await client.ask(
        request + "PING\r\n",
        "\r\n+PONG\r\n",
      );
      assertEquals(told, `${VICTIMS.resp.words}+PONG\r\n`);
      client.close();
      assertEquals(await program.stop(), 0);
    }));
}

async function attackAll(
  directory: string,
  protocol: string,
  transport: string,
  victim: Victim,
): Promise<void> {
  const file = `${directory}/data.json`;
  const records = { k: "1", large: "x".repeat(1_000_000) };
  await Deno.writeTextFile(file, JSON.stringify(records));
  await Deno.utime(file, 0, 0);
  await using program = await Program.start(
    ...["-file", file, "-proto", protocol, "-transport", transport],
    ...["-workers", "2", "-max-memory", `${BUDGET / MB}M`],
  );
  const { port, pid } = program;
  await program.line(/serving/);
  const { honest: request, ending } = victim;
  const question = { port, request, ending, pause: 2 };
  await whileAsking(question, () => pause(500)); // everything is warm
  for (const [name, attack] of Object.entries(ATTACKS)) {
    const before = await rss(pid);
    let most = 0, left = before;
    const lefts: number[] = [];
    let refused = 0;
    const experience = await whileAsking(question, async () => {
      const looking = setInterval(async () => {
        most = Math.max(most, await rss(pid).catch(() => 0));
      }, 20);
      for (let round = 0; round < ROUNDS; round++) {
        const { sockets, told } = await attack(port, victim);
        for (const socket of sockets) socket.close();
        if (name === "unfinished requests") {
          refused += told.length;
          for (const words of told) {
            assertEquals(words.slice(0, victim.words.length), victim.words);
          }
        }
        // The heaps of a server that is under load for the first time grow, too.
        await until("the memory has come back", async () => {
          left = await rss(pid);
          return left - before < LEFT;
        }, 20_000).catch(() => {});
        lefts.push(left);
      }
      clearInterval(looking);
    });
    const inMb = (bytes: number) => (bytes / MB).toFixed(0);
    console.log(
      `${protocol}, ${transport}, ${name}: ${
        inMb(most - before)
      } MB more at most with a budget of ${inMb(BUDGET)} MB; ${
        lefts.map((left) => inMb(left - before)).join(", ")
      } MB more after each round; an honest client's p99 ${
        experience.p99.toFixed(2)
      } ms, ${experience.longest.toFixed(2)} ms at most`,
    );
    assertEquals(experience.failures, 0);
    if (name === "unfinished requests") assert(refused > 0);
    assert(most - before < BUDGET + BESIDES, `${inMb(most - before)} MB`);
    for (const left of lefts) {
      assert(left - before < 2 * LEFT, `${inMb(left - before)} MB stay`);
    }
  }
  if (victim.figures !== undefined) {
    const client = await Client.connect(port);
    const figures = await client.ask(...victim.figures);
    client.close();
    const figure = (name: string) =>
      Number(new RegExp(`memory_${name}[: ](\\d+)`).exec(figures)![1]);
    assertEquals(figure("limit"), BUDGET);
    // What is kept of the last who has gone is not much.
    assert(figure("in_flight") < MB, figures);
    assert(figure("refusals") > 0, figures);
  }
  assertEquals(await program.stop(), 0);
}
