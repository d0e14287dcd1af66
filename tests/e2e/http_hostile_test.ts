/**
 * HTTP clients that mean harm, or do not care: the server's memory stays bounded,
 * what never ends is ended, and an honest client gets its answers all the while.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { worst } from "../figures.ts";
import { inDirectory } from "../temporary.ts";
import { whileAsking } from "./honest_client.ts";
import { Program } from "./program.ts";

const MB = 1024 * 1024;

/** The budget of memory that the server has. */
const BUDGET = 64 * MB;

/**
 * What it may take more than its budget, in MB: what each connection has standing,
 * what the system has not got back yet, and what the collector has not seen.
 */
const MORE = 96;

/** A value so large that few of them fill what lies between two sockets. */
const LARGE = "x".repeat(1_000_000);

interface Target {
  port: number;
  pid: number;
}

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

function batch(body: string, length = body.length): Uint8Array {
  return encoder.encode(
    "POST /v1/default:batchGet HTTP/1.1\r\nHost: localhost\r\n" +
      `Content-Length: ${length}\r\n\r\n${body}`,
  );
}

/** Sends as much as the server takes. */
async function send(socket: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    at += await socket.write(bytes.subarray(at));
  }
}

/** What a server has said when it closes, or when nothing more comes. */
async function received(socket: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (;;) {
    const count = await socket.read(buffer).catch(() => null);
    if (count === null) return text;
    text += decoder.decode(buffer.subarray(0, count));
  }
}

type Attack = (target: Target) => Promise<void>;

const ATTACKS: Record<string, Attack> = {
  "nobody, to compare with": () => pause(1000),
  async "100 clients that ask for 10 GB each and read nothing"(target) {
    const sockets = await several(100, () => connect(target));
    const keys = JSON.stringify({ keys: Array(10_000).fill("large") });
    await Promise.all(sockets.map((s) => send(s, batch(keys)).catch(ignore)));
    await pause(1500);
    for (const socket of sockets) socket.close();
  },
  async "100 bodies of 4 MB that do not end"(target) {
    const sockets = await several(100, () => connect(target));
    const body = `{"keys":[${`"${"x".repeat(1021)}",`.repeat(4095)}`;
    const request = batch(body, 4 * MB);
    const sent = Promise.all(
      sockets.map((s) => send(s, request).catch(ignore)),
    );
    await Promise.race([sent, pause(5000)]);
    for (const socket of sockets) socket.close();
    await sent;
  },
  async "batches of 4 MB of whatever is JSON"(target) {
    const texts = ["[".repeat(4 * MB - 20), "0,".repeat(2 * MB - 20)];
    await several(8, async () => {
      for (const text of texts) {
        const socket = await connect(target);
        const request = batch(`{"x":[${text}`, 4 * MB);
        await send(socket, request).catch(ignore);
        socket.close();
      }
    });
  },
  async "heads of 20,000 requests at once"(target) {
    const requests = encoder.encode(
      'GET /v1/default/k HTTP/1.1\r\nHost: localhost\r\nIf-Match: "a", "b"\r\n\r\n'
        .repeat(20_000),
    );
    await several(4, async () => {
      const socket = await connect(target);
      const sending = send(socket, requests).catch(ignore);
      await pause(500);
      socket.close();
      await sending;
    });
  },
};

for (const transport of epollSupported() ? ["epoll", "deno"] : ["deno"]) {
  Deno.test(`hostile HTTP clients harm nobody (${transport})`, () =>
    inDirectory(async (directory) => {
      const file = `${directory}/data.json`;
      await Deno.writeTextFile(file, JSON.stringify({ k: "1", large: LARGE }));
      await Deno.utime(file, 0, 0);
      await using program = await Program.start(
        ...["-proto", "http", "-file", file, "-workers", "1"],
        ...["-transport", transport, "-max-conns", "3000"],
        ...["-max-memory", String(BUDGET)],
      );
      await program.line(/serving/);
      const { port, pid } = program;
      const target = { port, pid };
      const question = {
        port,
        request: "GET /v1/default/k HTTP/1.1\r\nHost: localhost\r\n\r\n",
        ending: "\r\n\r\n1",
        pause: 2,
      };
      await whileAsking(question, () => pause(300)); // everything is warm
      const before = await rss(pid);
      let usual: number | undefined;
      const idle = await several(1000, () => connect(target));
      for (const [name, attack] of Object.entries(ATTACKS)) {
        let most = await rss(pid);
        const experience = await whileAsking(question, async () => {
          const looking = setInterval(async () => {
            most = Math.max(most, await rss(pid).catch(() => 0));
          }, 20);
          await attack(target);
          clearInterval(looking);
        });
        const { requests, failures, p99 } = experience;
        const grown = (most - before) / MB;
        worst(`HTTP, ${transport}, ${name}: memory`, grown, "MB");
        worst(`HTTP, ${transport}, ${name}: honest p99`, p99, "ms");
        assert(requests > 0);
        assertEquals(failures, 0);
        assert(grown < BUDGET / MB + MORE, `${name}: ${grown} MB`);
        // The machine may be busy with other tests: only a stall is a fault, by
        // the measure of what a request takes when nobody means harm.
        usual ??= p99;
        assert(p99 < 1000 + 100 * usual, `${name}: p99 ${p99} ms`);
      }
      for (const socket of idle) socket.close();
      assertEquals(await program.stop(), 0);
    }));

  Deno.test(`heads that do not end are ended (${transport})`, () =>
    inDirectory(async (directory) => {
      const file = `${directory}/data.json`;
      await Deno.writeTextFile(file, '{"k":"1"}');
      await using program = await Program.start(
        ...["-proto", "http", "-file", file, "-workers", "1"],
        ...["-transport", transport],
      );
      await program.line(/serving/);
      const begun = performance.now();
      const sockets = await several(50, () => connect(program));
      const head = encoder.encode("GET /v1/default/k HTTP/1.1\r\nHost: ");
      await Promise.all(sockets.map((socket) => socket.write(head)));
      const answers = Promise.all(sockets.map(received));
      // One byte a second is not idle, and no head either.
      let over = false;
      const trickle = (async () => {
        while (!over) {
          await pause(1000);
          for (const socket of sockets) {
            socket.write(encoder.encode("l")).catch(ignore);
          }
        }
      })();
      for (const answer of await answers) {
        assertMatch(answer, /^HTTP\/1\.1 408 [^]*\r\nconnection: close\r\n/);
      }
      over = true;
      await trickle;
      const took = performance.now() - begun;
      assert(took > 9500 && took < 30_000, `${took} ms`);
      for (const socket of sockets) socket.close();
      assertEquals(await program.stop(), 0);
    }));
}
