/**
 * HTTP clients as people use them: curl, Node's fetch and http, Deno's fetch,
 * Python's http.client, wrk, and nginx as a proxy.
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import type { TransportName } from "../../src/server/messages.ts";
import { canMakeCertificates, makeCertificate } from "../certificates.ts";
import { Nginx } from "../protocol/http/nginx.ts";
import { portOf, startPool } from "../server/start_pool.ts";
import { inDirectory } from "../temporary.ts";
import { isInstalled, run } from "./serving.ts";

const LONG = "0123456789".repeat(200_000);

const RECORDS = { k: "abc", "a/b": "slash", é: "accent", long: LONG };

const TRANSPORTS: TransportName[] = epollSupported()
  ? ["deno", "epoll"]
  : ["deno"];

/** A server of the records. */
interface Served {
  port: number;
  url: string;
}

/** Runs a test over each transport, if a program is installed. */
function withProgram(
  name: string,
  program: string,
  test: (served: Served) => Promise<void>,
): void {
  for (const transport of TRANSPORTS) {
    Deno.test(`${name} (${transport})`, async () => {
      const version = program === "nginx" ? "-v" : "--version";
      if (program !== "" && !await isInstalled(program, [version])) return;
      const pool = await startPool({
        records: RECORDS,
        protocol: "http",
        transport,
        threads: 1,
        hosts: ["kv.example"],
      });
      const port = portOf(pool.spec.addresses[0]);
      try {
        await test({ port, url: `http://127.0.0.1:${port}/v1/default` });
      } finally {
        await pool.stop();
      }
    });
  }
}

/** What curl prints, and says. */
async function curl(...args: string[]): Promise<string> {
  const ran = await run("curl", ["-sS", "--max-time", "20", ...args]);
  assertEquals(ran?.code, 0, ran?.errors);
  return ran!.out;
}

withProgram("curl gets values, on one connection", "curl", async ({ url }) => {
  const out = await curl(
    ...["-w", " %{http_code} %{num_connects}\n"],
    ...[`${url}/k`, `${url}/a%2Fb`, `${url}/%C3%A9`, `${url}/nope`],
  );
  assertMatch(out, /^abc 200 1\nslash 200 0\naccent 200 0\n\{.*\}\n 404 0\n$/);
  assertEquals(await curl(`${url}/long`) === LONG, true);
});

withProgram("curl with other options", "curl", async ({ url, port }) => {
  assertMatch(await curl("-I", `${url}/k`), /^content-length: 3\r$/m);
  assertEquals(await curl("-r", "1-1", `${url}/k`), "b");
  assertEquals(await curl("--compressed", `${url}/k`), "abc");
  assertEquals(await curl("--http1.0", `${url}/k`), "abc");
  // It asks for HTTP/2 with Upgrade, and makes do without.
  assertEquals(await curl("--http2", `${url}/k`), "abc");
  const name = ["--resolve", `kv.example:${port}:127.0.0.1`];
  const known = await curl(...name, `http://kv.example:${port}/v1/default/k`);
  assertEquals(known, "abc");
  const status = ["-o", "/dev/null", "-w", "%{http_code}"];
  const foreign = ["-H", "Host: evil.example", `${url}/k`];
  assertEquals(await curl(...status, ...foreign), "421");
  const proxied = ["--proxy", `http://127.0.0.1:${port}`];
  const absolute = await curl(...proxied, `http://kv.example/v1/default/k`);
  assertEquals(absolute, "abc");
  assertEquals(await curl(...status, "-X", "OPTIONS", `${url}/k`), "204");
  assertEquals(await curl(...status, "-T", "README.md", `${url}/k`), "405");
  assertEquals(await curl(...status, "-X", "DELETE", `${url}/k`), "405");
});

withProgram(
  "curl posts a batch, also one for which it asks first",
  "curl",
  ({ url }) =>
    inDirectory(async (directory) => {
      const path = `${directory}/batch`;
      const post = (...more: string[]) =>
        curl(
          "-H",
          "Content-Type: application/json",
          ...more,
          `${url}:batchGet`,
        );
      for (const count of [1, 9000]) {
        const key = "k".repeat(150);
        const keys = [...Array(count).fill(key), "k"];
        await Deno.writeTextFile(path, JSON.stringify({ keys }));
        // What is longer than a megabyte is sent behind Expect: 100-continue.
        for (
          const how of [
            ["--data-binary", `@${path}`],
            ["-X", "POST", "-T", path, "-H", "Transfer-Encoding: chunked"],
            ["-H", "Expect: 100-continue", "--data-binary", `@${path}`],
          ]
        ) {
          const { results } = JSON.parse(await post(...how));
          assertEquals(results.length, count + 1);
          assertEquals(results[count], { key: "k", found: true, value: "abc" });
        }
      }
      await Deno.writeFile(path, new Uint8Array(5_000_000).fill(0x20));
      for (const expect of ["100-continue", ""]) {
        const out = await post(
          ...["--data-binary", `@${path}`, "-H", `Expect: ${expect}`],
          ...["-o", "/dev/null", "-w", "%{http_code}"],
        );
        assertEquals(out, "413");
      }
    }),
);

/** Uses keep-alive agents and fetch, as Node's programs do. */
const NODE = `
const assert = require("node:assert");
const http = require("node:http");
const base = process.argv[1];
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const ask = (path, options = {}, body) =>
  new Promise((resolve, reject) => {
    const request = http.request(base + path, { agent, ...options }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => resolve({
        status: response.statusCode,
        text: Buffer.concat(parts).toString(),
        reused: request.reusedSocket,
      }));
      response.on("error", reject);
    });
    request.on("error", reject);
    if (body !== undefined) for (const part of body) request.write(part);
    request.end();
  });
(async () => {
  for (let n = 0; n < 50; n++) {
    const { status, text, reused } = await ask("/k");
    assert.deepStrictEqual([status, text, reused], [200, "abc", n > 0]);
  }
  assert.strictEqual((await ask("/long")).text.length, 2000000);
  assert.strictEqual((await ask("/k", { method: "HEAD" })).text, "");
  const headers = { "content-type": "application/json" };
  // In chunks: its length is not known.
  const batch = await ask(":batchGet", { method: "POST", headers }, ['{"keys":', '["k","long"]}']);
  assert.strictEqual(JSON.parse(batch.text).results[1].value.length, 2000000);
  assert.strictEqual(batch.reused, true);
  const refused = await ask("/k", { method: "PUT" }, ["x".repeat(100000)]);
  assert.strictEqual(refused.status, 405);
  assert.strictEqual((await ask("/k")).reused, true);

  const all = await Promise.all(Array.from({ length: 200 }, () =>
    fetch(base + "/k").then((response) => response.text())));
  assert(all.every((text) => text === "abc"));
  const first = await fetch(base + "/k");
  await first.text();
  const etag = first.headers.get("etag");
  const again = await fetch(base + "/k", { headers: { "if-none-match": etag } });
  assert.deepStrictEqual([again.status, await again.text()], [304, ""]);
  const body = " ".repeat(4200000);
  const long = await fetch(base + ":batchGet", { method: "POST", headers, body });
  assert.deepStrictEqual([long.status, (await long.json()).status], [413, 413]);
  agent.destroy();
  console.log("all is well");
  process.exit(0);
})();
`;

withProgram("Node's http and fetch", "node", async ({ url }) => {
  const ran = await run("node", ["-e", NODE, url]);
  assertEquals([ran?.code, ran?.out], [0, "all is well\n"], ran?.errors);
});

withProgram("Deno's fetch", "", async ({ url }) => {
  const texts = await Promise.all(
    Array.from({ length: 100 }, () => fetch(`${url}/k`).then((r) => r.text())),
  );
  assert(texts.every((text) => text === "abc"));
  const long = await fetch(`${url}/long`);
  assertEquals(await long.text() === LONG, true);
  const head = await fetch(`${url}/k`, { method: "HEAD" });
  assertEquals(head.headers.get("content-length"), "3");
  const stream = new Blob(['{"keys":', '["k"]}']).stream();
  const headers = { "content-type": "application/json" };
  const init = { method: "POST", body: stream, headers };
  const batch = await fetch(`${url}:batchGet`, init);
  assertEquals((await batch.json()).results[0].value, "abc");
  const body = " ".repeat(4_200_000);
  const refused = await fetch(`${url}:batchGet`, {
    method: "POST",
    headers,
    body,
  });
  assertEquals([refused.status, (await refused.json()).status], [413, 413]);
});

const PYTHON = `
import http.client, json, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
for n in range(50):
    connection.request("GET", "/v1/default/k")
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"abc")
connection.request("POST", "/v1/default:batchGet", body=iter([b'{"keys":', b'["k"]}']),
    headers={"Content-Type": "application/json"}, encode_chunked=True)
assert json.load(connection.getresponse())["results"][0]["value"] == "abc"
connection.request("GET", "/v1/default/long")
assert len(connection.getresponse().read()) == 2000000
print("all is well")
`;

withProgram("Python's http.client", "python3", async ({ port }) => {
  const ran = await run("python3", ["-c", PYTHON, String(port)]);
  assertEquals([ran?.code, ran?.out], [0, "all is well\n"], ran?.errors);
});

withProgram("wrk, without an error", "curl", async ({ url }) => {
  const ran = await run("wrk", ["-t1", "-c20", "-d1s", `${url}/k`]);
  if (ran === undefined) return console.log("skipped: wrk is not installed");
  assertEquals(ran.code, 0);
  assertMatch(ran.out, /\d+ requests in/);
  assert(!/Non-2xx|Socket errors/.test(ran.out), ran.out);
});

withProgram(
  "nginx as a proxy, with connections that are kept",
  "nginx",
  ({ port }) =>
    inDirectory(async (directory) => {
      await using nginx = await Nginx.start(
        directory,
        `upstream kv { server 127.0.0.1:${port}; keepalive 4; }`,
        `location / {
        proxy_pass http://kv;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host kv.example;
      }
      location /as-it-is/ { proxy_pass http://kv/; }`,
      );
      const url = `http://127.0.0.1:${nginx!.port}`;
      for (let n = 0; n < 50; n++) {
        const response = await fetch(`${url}/v1/default/k`);
        assertEquals(await response.text(), "abc");
      }
      const long = await fetch(`${url}/v1/default/long`);
      assertEquals(await long.text() === LONG, true);
      const batch = await fetch(`${url}/v1/default:batchGet`, {
        method: "POST",
        body: JSON.stringify({ keys: ["k", "long"] }),
        headers: { "content-type": "application/json" },
      });
      assertEquals((await batch.json()).results[1].value === LONG, true);
      // Its standard Host is the name that it has for this server.
      const foreign = await fetch(`${url}/as-it-is/v1/default/k`);
      assertEquals(foreign.status, 421);
      await foreign.body?.cancel();
    }),
);

withProgram(
  "nginx as a cache, which asks whether the data have changed",
  "nginx",
  ({ port }) =>
    inDirectory(async (directory) => {
      await using nginx = await Nginx.start(
        directory,
        `proxy_cache_path ${directory}/cache keys_zone=kv:1m;`,
        `location / {
        proxy_pass http://127.0.0.1:${port};
        proxy_cache kv;
        proxy_cache_revalidate on;
        add_header X-Cache $upstream_cache_status always;
      }`,
      );
      const ask = async (path: string) => {
        const response = await fetch(`http://127.0.0.1:${nginx!.port}${path}`);
        return [response.headers.get("x-cache"), await response.text()];
      };
      const seen = new Set<string | null>();
      const end = performance.now() + 20_000;
      while (!seen.has("REVALIDATED") && performance.now() < end) {
        const [state, text] = await ask("/v1/default/k");
        assertEquals(text, "abc");
        seen.add(state);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      for (const state of ["MISS", "HIT", "REVALIDATED"]) {
        assert(seen.has(state), `${state} in ${[...seen]}`);
      }
      // What is not there may be there soon.
      await ask("/v1/default/nope");
      assertEquals((await ask("/v1/default/nope"))[0], "MISS");
    }),
);

Deno.test("HTTPS is HTTP/1.1, whatever else a client could speak", async () => {
  if (!await canMakeCertificates()) return;
  await inDirectory(async (directory) => {
    const { cert, key, authority } = await makeCertificate(directory, "one");
    const certificate = {
      cert: await Deno.readTextFile(cert),
      key: await Deno.readTextFile(key),
    };
    const pool = await startPool({
      records: RECORDS,
      protocol: "http",
      transport: "deno",
      threads: 1,
      credentials: { certificate },
    });
    const port = portOf(pool.spec.addresses[0]);
    await Deno.writeTextFile(`${directory}/authority`, authority);
    for (const how of ["--http1.1", "--http2", "--no-alpn"]) {
      const out = await curl(
        ...[
          "--cacert",
          `${directory}/authority`,
          how,
          "-w",
          " %{http_version}",
        ],
        `https://localhost:${port}/v1/default/k`,
      );
      assertEquals(out, "abc 1.1");
    }
    const only = await run("sh", [
      "-c",
      `openssl s_client -connect 127.0.0.1:${port} -alpn h2 </dev/null`,
    ]);
    assertMatch(only!.errors, /no application protocol/);
    await pool.stop();
  });
});
