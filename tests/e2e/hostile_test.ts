/**
 * Clients that mean harm, or do not care: the server's memory stays bounded, and
 * an honest client gets its answers all the while.
 */

import { assert, assertEquals } from "@std/assert";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { worst } from "../figures.ts";
import { Random } from "../protocol/differential/random.ts";
import { inDirectory } from "../temporary.ts";
import { whileAsking } from "./honest_client.ts";
import { Program } from "./program.ts";

const MB = 1024 * 1024;

/** Connections that the server allows. */
const LIMIT = 3000;

/** Of each kind. */
const FEW = 100;

/** For how long each kind goes on at least, in milliseconds. */
const LEAST = 700;

/**
 * What the server may take more, in MB: what connections need at a time, and
 * what was theirs and is not collected yet, which does not grow with the time
 * that this goes on.
 */
const MOST = 400;

/** A value so large that few of them fill what lies between two sockets. */
const LARGE = "x".repeat(200_000);

interface Target {
  port: number;
  pid: number;
}

type Attack = (target: Target) => Promise<void>;

const encoder = new TextEncoder();
const connect = ({ port }: Target) => Deno.connect({ port });
const pause = (ms: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, ms));

/** Errors are the server's answer to those who mean harm. */
const ignore = () => {};

async function rss(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/VmRSS:\s+(\d+)/.exec(status)![1]) * 1024;
}

async function several<T>(count: number, make: () => Promise<T>): Promise<T[]> {
  return await Promise.all(Array.from({ length: count }, make));
}

function closeAll(sockets: Deno.Conn[]): void {
  for (const socket of sockets) socket.close();
}

const ATTACKS: Record<string, Attack> = {
  async "requests that come a byte at a time"(target) {
    const sockets = await several(FEW, () => connect(target));
    const request = encoder.encode("get " + "k".repeat(40));
    for (const byte of request) {
      await Promise.all(sockets.map((s) => s.write(new Uint8Array([byte]))));
      await pause(5);
    }
    closeAll(sockets);
  },
  async "connections that say nothing, or half of it"(target) {
    const sockets = await several(FEW, () => connect(target));
    for (const socket of sockets) await socket.closeWrite().catch(ignore);
    await pause(100);
    closeAll(sockets);
  },
  async "clients that ask for much and read nothing"(target) {
    const sockets = await several(FEW, () => connect(target));
    const requests = encoder.encode("get large\r\n".repeat(2000));
    for (const socket of sockets) socket.write(requests).catch(ignore);
    await pause(500);
    closeAll(sockets);
  },
  async "10,000 connections, more than are allowed at a time"(target) {
    for (let n = 0; n < 10; n++) {
      const sockets = await several(
        1000,
        () => connect(target).catch(() => undefined),
      );
      closeAll(sockets.filter((socket) => socket !== undefined));
    }
  },
  async "lines of 64 MB"(target) {
    const piece = new Uint8Array(MB).fill(0x61);
    await several(4, async () => {
      const socket = await connect(target);
      await socket.write(encoder.encode("get ")).catch(ignore);
      for (let n = 0; n < 64; n++) {
        if (await socket.write(piece).then(() => false, () => true)) break;
      }
      socket.close();
    });
  },
  async "values of writes that go on for 64 MB"(target) {
    const piece = new Uint8Array(MB);
    await several(4, async () => {
      const socket = await connect(target);
      await socket.write(encoder.encode(`set k 0 0 ${64 * MB}\r\n`));
      for (let n = 0; n < 64; n++) {
        for (let at = 0; at < MB;) at += await socket.write(piece.subarray(at));
      }
      socket.close();
    });
  },
  async "noise"(target) {
    const random = new Random(7);
    await several(200, async () => {
      const noise = Uint8Array.from(
        { length: 5000 },
        () => random.below(256),
      );
      const socket = await connect(target);
      await socket.write(noise).catch(ignore);
      await pause(20);
      socket.close();
    });
  },
};

for (const transport of epollSupported() ? ["epoll", "deno"] : ["deno"]) {
  Deno.test(`hostile clients harm nobody (${transport})`, () =>
    inDirectory(async (directory) => {
      const file = `${directory}/data.json`;
      await Deno.writeTextFile(file, JSON.stringify({ k: "1", large: LARGE }));
      await Deno.utime(file, 0, 0);
      await using program = await Program.start(
        ...["-file", file, "-workers", "1", "-transport", transport],
        ...["-max-conns", String(LIMIT)],
      );
      const { port, pid } = program;
      const target = { port, pid };
      const question = {
        port,
        request: "get k\r\n",
        ending: "1\r\nEND\r\n",
        pause: 2,
      };
      await whileAsking(question, () => pause(300)); // everything is warm
      await oneConnection(target, transport);
      const before = await rss(pid);
      for (const [name, attack] of Object.entries(ATTACKS)) {
        let most = await rss(pid);
        const experience = await whileAsking(question, async () => {
          const looking = setInterval(async () => {
            most = Math.max(most, await rss(pid).catch(() => 0));
          }, 20);
          const end = performance.now() + LEAST;
          do await attack(target); while (performance.now() < end);
          clearInterval(looking);
        });
        const { requests, failures, p50, p99, longest } = experience;
        const grown = (most - before) / MB;
        console.log(
          `${transport}, ${name}: ${
            grown.toFixed(0)
          } MB more at most; an honest client's ${requests} requests took ${
            p50.toFixed(2)
          } ms, ${p99.toFixed(2)} ms (p99), ${longest.toFixed(2)} ms at most`,
        );
        worst(`${transport}, ${name}: honest p99`, p99, "ms");
        worst(`${transport}, ${name}: memory`, grown, "MB");
        assertEquals(failures, 0);
        assert(grown < MOST, `${name}: ${grown} MB`);
        // The machine may be busy with other tests: only a stall is a fault.
        assert(p99 < 1000, `${name}: p99 ${p99} ms`);
      }
      assertEquals(await program.stop(), 0);
    }));
}

/** What a connection costs that says nothing. */
async function oneConnection(target: Target, name: string): Promise<void> {
  const before = await rss(target.pid);
  const count = 2000;
  const sockets = await several(count, () => connect(target));
  const request = encoder.encode("get k\r\n");
  const buffer = new Uint8Array(100);
  for (const socket of sockets) {
    await socket.write(request);
    await socket.read(buffer);
  }
  const each = (await rss(target.pid) - before) / count / 1024;
  console.log(`${name}: ${each.toFixed(1)} KB for a connection that is idle`);
  assert(each < 40, `${each} KB`);
  closeAll(sockets);
}
