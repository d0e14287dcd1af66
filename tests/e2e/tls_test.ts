/**
 * TLS connections that never come to their end: their descriptors are closed all
 * the same, while the clients hold on to theirs.
 */

import { assert, assertEquals } from "@std/assert";
import { libc } from "../../src/storage/memory/libc.ts";
import {
  canMakeCertificates,
  makeCertificate,
  type TestCertificate,
} from "../certificates.ts";
import { inDirectory, until } from "../temporary.ts";
import { Program } from "./program.ts";

/** How many handshakes are left unfinished on each listener. */
const HANDSHAKES = Number(Deno.env.get("GOROMDB_HANDSHAKES") ?? 300);

/** So many begin at a time. */
const WAVE = 100;

/** So many are held on to at the end. */
const HELD = 4000;

/** Connections that a listener allows. */
const LIMIT = 150;

/** The bytes that some clients stop after: none, a few, a header that lies. */
const BEGINNINGS = [[], [0x16, 3, 1], [0x16, 3, 1, 0x02, 0, 1, 0, 1, 0xfc, 3]];

const encoder = new TextEncoder();

const ignore = !await canMakeCertificates() || libc() === null ||
  Deno.build.os !== "linux";
if (ignore) console.log("skipped: it takes openssl, Linux and --allow-ffi");

async function descriptors(pid: number): Promise<number> {
  return (await Array.fromAsync(Deno.readDir(`/proc/${pid}/fd`))).length;
}

/** Serves two records over TLS, on a listener for each protocol. */
async function serving(
  more: Record<string, unknown>,
  test: (
    program: Program,
    ports: Record<string, number>,
    certificate: TestCertificate,
  ) => Promise<void>,
  permissions?: string[],
): Promise<void> {
  await inDirectory(async (directory) => {
    const certificate = await makeCertificate(directory, "one");
    const records = { k: "1", large: "x".repeat(1_000_000) };
    await Deno.writeTextFile(
      `${directory}/data.json`,
      JSON.stringify(records),
    );
    const listeners = ["memcached", "resp", "http"].map((proto) => ({
      addr: "127.0.0.1:0",
      proto,
      "tls-cert": certificate.cert,
      "tls-key": certificate.key,
      workers: 1,
      ...more,
    }));
    const file = `${directory}/goromdb.json`;
    await Deno.writeTextFile(
      file,
      JSON.stringify({
        databases: { default: { file: "data.json" } },
        listeners,
      }),
    );
    await using program = await Program.startIn(
      { permissions },
      ...["-config", file],
    );
    await program.line(/serving/);
    const ports: Record<string, number> = {};
    for (const { proto } of listeners) {
      const line = await program.line(new RegExp(`\\(${proto} over TLS`));
      ports[proto] = Number(/listening on \S+:(\d+)/.exec(line)![1]);
    }
    await test(program, ports, certificate);
    await program.stop();
  });
}

function connect(port: number, { authority }: TestCertificate) {
  return Deno.connectTls({
    hostname: "127.0.0.1",
    port,
    caCerts: [authority],
  });
}

/** An honest client's get, over either protocol. */
async function get(
  proto: string,
  port: number,
  certificate: TestCertificate,
): Promise<string> {
  const socket = await connect(port, certificate);
  try {
    await socket.write(encoder.encode(GETS[proto]));
    const bytes = new Uint8Array(1000);
    const count = await socket.read(bytes) ?? 0;
    const answer = new TextDecoder().decode(bytes.subarray(0, count));
    return answer.replace(/^HTTP\/1.1 200 [^]*\r\n\r\n/, "");
  } finally {
    socket.close();
  }
}

const GETS: Record<string, string> = {
  memcached: "get k\r\n",
  resp: "GET k\r\n",
  http: "GET /v1/default/k HTTP/1.1\r\nHost: localhost\r\n\r\n",
};

const HITS: Record<string, string> = {
  memcached: "VALUE k 0 1\r\n1\r\nEND\r\n",
  resp: "$1\r\n1\r\n",
  http: "1",
};

Deno.test({
  name:
    `${HANDSHAKES} unfinished handshakes on each listener leave no descriptor`,
  ignore,
  fn: () =>
    serving({ "max-conns": LIMIT }, async (program, ports, certificate) => {
      for (const [proto, port] of Object.entries(ports)) {
        assertEquals(await get(proto, port, certificate), HITS[proto]);
      }
      const before = await descriptors(program.pid);
      const clients: Deno.Conn[] = [];
      let most = 0;
      for (const port of Object.values(ports)) {
        for (let begun = 0; begun < HANDSHAKES; begun += WAVE) {
          const wave = await Promise.all(
            Array.from({ length: WAVE }, () => Deno.connect({ port })),
          );
          await Promise.all(
            wave.map((socket, n) =>
              socket.write(new Uint8Array(BEGINNINGS[n % 3])).catch(() => {})
            ),
          );
          most = Math.max(most, await descriptors(program.pid) - before);
          clients.push(...wave);
          // This process has no more descriptors than others.
          for (
            const old of clients.splice(0, Math.max(0, clients.length - HELD))
          ) {
            old.close();
          }
        }
      }
      // Those that may be there, and those that are being turned away.
      assert(most <= 3 * (LIMIT + 70), `${most} descriptors at a time`);
      const atATime = HANDSHAKES / LIMIT * 10_000;
      await until(
        "all descriptors are closed, though the clients are there",
        async () => await descriptors(program.pid) <= before,
        30_000 + atATime,
      );
      for (const [proto, port] of Object.entries(ports)) {
        await until(
          "an honest client is served",
          async () => await get(proto, port, certificate) === HITS[proto],
        );
      }
      for (const client of clients) client.close();
    }),
});

Deno.test({
  name:
    "who asks for much over TLS and does not read is closed with his socket",
  ignore,
  fn: () =>
    serving({ "idle-timeout": 1000 }, async (program, ports, certificate) => {
      const before = await descriptors(program.pid);
      const requests: Record<string, string> = {
        memcached: "get large\r\n".repeat(20),
        resp: "GET large\r\n".repeat(20),
        http: GETS.http.replace("/k ", "/large ").repeat(20),
      };
      const clients: Deno.Conn[] = [];
      let most = 0;
      for (const [proto, port] of Object.entries(ports)) {
        for (let n = 0; n < 10; n++) {
          const client = await connect(port, certificate);
          await client.write(encoder.encode(requests[proto]));
          clients.push(client);
        }
        most = Math.max(most, await descriptors(program.pid) - before);
      }
      assert(most >= 10, `${most} descriptors`);
      await until(
        "all descriptors are closed, though the clients are there",
        async () => await descriptors(program.pid) <= before,
        20_000,
      );
      for (const client of clients) client.close();
    }),
});

Deno.test({
  name: "one TLS connection too many is told so, and closed",
  ignore,
  fn: () =>
    serving({ "max-conns": 3 }, async (program, ports, certificate) => {
      const { memcached: port } = ports;
      const clients: Deno.Conn[] = [];
      for (let n = 0; n < 3; n++) {
        const client = await connect(port, certificate);
        await client.write(encoder.encode("get k\r\n"));
        await client.read(new Uint8Array(100));
        clients.push(client);
      }
      const before = await descriptors(program.pid);
      const fourth = await connect(port, certificate);
      const bytes = new Uint8Array(100);
      const count = await fourth.read(bytes) ?? 0;
      assertEquals(
        new TextDecoder().decode(bytes.subarray(0, count)),
        "ERROR Too many open connections\r\n",
      );
      await until(
        "its descriptor is closed",
        async () => await descriptors(program.pid) <= before,
      );
      for (const client of [...clients, fourth]) client.close();
    }),
});

Deno.test({
  name:
    "without --allow-ffi unfinished handshakes count until the client ends them",
  ignore: ignore || Deno.env.get("GOROMDB_EXECUTABLE") !== undefined,
  fn: () =>
    serving({ "max-conns": 20, transport: "deno" }, async (
      program,
      ports,
      certificate,
    ) => {
      const { memcached: port } = ports;
      const before = await descriptors(program.pid);
      const clients = await Promise.all(
        Array.from({ length: 60 }, () => Deno.connect({ port })),
      );
      await until(
        "there are as many as may be, and one that waits",
        async () => await descriptors(program.pid) - before >= 20,
        60_000,
      );
      await new Promise((resolve) => setTimeout(resolve, 1000));
      assert(await descriptors(program.pid) - before <= 22);
      for (const client of clients) client.close();
      await until(
        "an honest client is served",
        async () =>
          await get("memcached", port, certificate).catch(() => "") ===
            HITS.memcached,
      );
      await until(
        "all descriptors are closed",
        async () => await descriptors(program.pid) <= before,
      );
    }, ["--allow-net", "--allow-read", "--unstable-net"]),
});
