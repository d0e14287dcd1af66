import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { Credentials } from "../../src/server/credentials.ts";
import type { ServerPool } from "../../src/server/pool.ts";
import {
  type Certificate,
  CertificateError,
  checkCertificate,
} from "../../src/server/tls.ts";
import {
  canMakeCertificates,
  makeCertificate,
  type TestCertificate,
} from "../certificates.ts";
import { inDirectory } from "../temporary.ts";
import { portOf, startPool } from "./start_pool.ts";

/** Runs a test with two certificates, if they can be made. */
async function withCertificates(
  test: (one: TestCertificate, other: TestCertificate) => Promise<void>,
): Promise<void> {
  if (!await canMakeCertificates()) return;
  await inDirectory(async (directory) =>
    test(
      await makeCertificate(directory, "one"),
      await makeCertificate(directory, "other"),
    )
  );
}

async function read({ cert, key }: TestCertificate): Promise<Certificate> {
  return {
    cert: await Deno.readTextFile(cert),
    key: await Deno.readTextFile(key),
  };
}

/** Runs a test with a pool that speaks TLS. */
async function serving(
  protocol: string,
  credentials: Credentials,
  test: (port: number, pool: ServerPool) => Promise<void>,
): Promise<void> {
  const pool = await startPool({
    records: { k: "abc" },
    protocol,
    transport: "deno",
    threads: 2,
    credentials,
  });
  try {
    await test(portOf(pool.spec.addresses[0]), pool);
  } finally {
    await pool.stop();
  }
}

function connect(port: number, { authority }: TestCertificate) {
  return Deno.connectTls({
    hostname: "127.0.0.1",
    port,
    caCerts: [authority],
  });
}

/** Connects, gets the value of `k` over memcached, and closes. */
async function once(port: number, from: TestCertificate): Promise<string> {
  const socket = await connect(port, from);
  try {
    return await get(socket);
  } finally {
    socket.close();
  }
}

/** The value of `k` over memcached. */
async function get(socket: Deno.TlsConn): Promise<string> {
  await socket.write(new TextEncoder().encode("get k\r\n"));
  const answer = new Uint8Array(100);
  const count = await socket.read(answer);
  if (count === null) throw new Error("the server has closed");
  return new TextDecoder().decode(answer.subarray(0, count));
}

const HIT = "VALUE k 0 3\r\nabc\r\nEND\r\n";

Deno.test("what is no certificate, or not with this key, is told", () =>
  withCertificates(async (one, other) => {
    const [mine, its] = [await read(one), await read(other)];
    checkCertificate(mine, one);
    for (
      const [certificate, problem] of [
        [{ ...mine, key: its.key }, /cannot be used with .*one\.key/],
        [{ ...mine, cert: "" }, /one\.cert is not a certificate in PEM/],
        [{ ...mine, key: mine.cert }, /one\.key is not a private key/],
        [{ ...mine, cert: mine.cert.slice(0, 200) }, /one\.cert cannot be/],
      ] as const
    ) {
      const error = assertThrows(
        () => checkCertificate(certificate, one),
        CertificateError,
      ) as Error;
      assert(problem.test(error.message), error.message);
      assert(!error.message.includes(certificate.key), "a key is not told");
    }
  }));

Deno.test("memcached over TLS; a new certificate, and no connection is closed", () =>
  withCertificates(async (one, other) => {
    const certificate = await read(one);
    await serving("memcached", { certificate }, async (port, pool) => {
      const before = await Promise.all(
        Array.from({ length: 8 }, () => connect(port, one)),
      );
      for (const socket of before) assertEquals(await get(socket), HIT);
      await assertRejects(() => once(port, other));

      await pool.renew({ certificate: await read(other) });
      for (const socket of before) assertEquals(await get(socket), HIT);
      const after = await Promise.all(
        Array.from({ length: 8 }, () => connect(port, other)),
      );
      for (const socket of after) assertEquals(await get(socket), HIT);
      await assertRejects(() => once(port, one));
      for (const socket of [...before, ...after]) socket.close();
    });
  }));

Deno.test("what is not TLS, or stops halfway, keeps nobody out", () =>
  withCertificates(async (one) => {
    const certificate = await read(one);
    await serving("memcached", { certificate }, async (port) => {
      const plain = await Deno.connect({ hostname: "127.0.0.1", port });
      await plain.write(new TextEncoder().encode("get k\r\nget k\r\n"));
      const silent = await Deno.connect({ hostname: "127.0.0.1", port });
      await silent.write(new Uint8Array([0x16, 3, 1]));
      for (let n = 0; n < 4; n++) {
        assertEquals(await once(port, one), HIT);
      }
      plain.close();
      silent.close();
    });
  }));

Deno.test("certificates change under clients that connect all the time", () =>
  withCertificates(async (one, other) => {
    const certificates = [await read(one), await read(other)];
    const authorities = [one.authority, other.authority];
    const first = { certificate: certificates[0] };
    await serving("memcached", first, async (port, pool) => {
      let stopped = false, answered = 0, again = 0;
      const attempt = async () => {
        const socket = await Deno.connectTls({
          hostname: "127.0.0.1",
          port,
          caCerts: authorities,
        });
        try {
          assertEquals(await get(socket), HIT);
        } finally {
          socket.close();
        }
      };
      const clients = Array.from({ length: 4 }, async () => {
        for (; !stopped; answered++) {
          // What comes as a listener closes is reset, and has to come again.
          await attempt().catch(() => {
            again++;
            return attempt();
          });
        }
      });
      for (let n = 1; n <= 10; n++) {
        await pool.renew({ certificate: certificates[n % 2] });
        const goal = answered + 8;
        while (answered < goal) {
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
      stopped = true;
      await Promise.all(clients);
      assert(answered >= 80 && again <= 20, `${again} of ${answered} again`);
    });
  }));

Deno.test("HTTPS, and a new certificate", () =>
  withCertificates(async (one, other) => {
    const certificate = await read(one);
    await serving("http", { certificate }, async (port, pool) => {
      const url = `https://localhost:${port}/v1/default/k`;
      const ask = async ({ authority }: TestCertificate) => {
        using client = Deno.createHttpClient({ caCerts: [authority] });
        return await (await fetch(url, { client })).text();
      };
      // What comes as the listener closes is reset, and has to come again.
      const askAgain = (one: TestCertificate) => ask(one).catch(() => ask(one));
      assertEquals(await ask(one), "abc");
      await assertRejects(() => ask(other));
      await pool.renew({ certificate: await read(other) });
      assertEquals(await askAgain(other), "abc");
      await assertRejects(() => ask(one));
    });
  }));
