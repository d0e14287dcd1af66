import { assert, assertEquals, assertMatch } from "@std/assert";
import { DataSet } from "../../src/handler/data_set.ts";
import { HttpProtocol } from "../../src/protocol/http/http.ts";
import { namesOf, parseAddress } from "../../src/server/address.ts";
import { epollSupported } from "../../src/server/epoll/libc.ts";
import { MemcachedProtocol } from "../../src/protocol/memcached/memcached.ts";
import type { TransportName } from "../../src/server/messages.ts";
import type { ServerPool } from "../../src/server/pool.ts";
import { Server } from "../../src/server/server.ts";
import { type Limits, limitsOf } from "../../src/server/transport.ts";
import { dataSet } from "../protocol/converse.ts";
import { inDirectory } from "../temporary.ts";
import { Client } from "./client.ts";
import { portOf, startPool } from "./start_pool.ts";

const LONG = "0123456789".repeat(300_000);

const TRANSPORTS: TransportName[] = epollSupported()
  ? ["deno", "epoll"]
  : ["deno"];

/** Runs a test with a server of these records over each transport. */
function overSockets(
  name: string,
  test: (port: number) => Promise<void>,
  records: Record<string, string> = { k: "abc", long: LONG },
): void {
  for (const transport of TRANSPORTS) {
    Deno.test(`over a socket, ${transport}: ${name}`, async () => {
      const pool = await startPool({
        records,
        protocol: "http",
        transport,
        threads: 1,
      });
      try {
        await test(portOf(pool.spec.addresses[0]));
      } finally {
        await pool.stop();
      }
    });
  }
}

/** Runs a test with a server that has these limits, over each transport. */
function withLimits(
  name: string,
  limits: Partial<Limits>,
  test: (port: number, pool: ServerPool) => Promise<void>,
): void {
  for (const transport of TRANSPORTS) {
    Deno.test(`${name}, ${transport}`, async () => {
      const pool = await startPool({
        records: { k: "abc" },
        protocol: "http",
        transport,
        threads: 1,
        limits,
      });
      await test(portOf(pool.spec.addresses[0]), pool);
      await pool.stop();
    });
  }
}

/** A server within this thread, of one data set. */
function serve(data: DataSet): { server: Server; port: number } {
  const server = new Server({
    protocol: new HttpProtocol(),
    handler: { current: data },
  });
  const port = portOf(server.listen(parseAddress("127.0.0.1:0")));
  return { server, port };
}

const HOST = "Host: localhost";

/** What a server answers to bytes, until it closes. */
async function ask(port: number, ...lines: string[]): Promise<string> {
  const client = await Client.connect(port);
  await client.send([...lines, "Connection: close", "", ""].join("\r\n"));
  const answer = await client.receiveAll();
  client.close();
  return answer;
}

overSockets("a value with its length", async (port) => {
  const answer = await ask(port, "GET /v1/default/k HTTP/1.1", HOST);
  assertMatch(answer, /^HTTP\/1\.1 200 OK\r\n/);
  assertMatch(answer, /\r\ncontent-length: 3\r\n/i);
  assertMatch(answer, /\r\netag: "[0-9a-f]{32}"\r\n/i);
  assertMatch(answer, /\r\ndate: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n/i);
  assertMatch(answer, /\r\n\r\nabc$/);
});

overSockets("HEAD tells the length, and 304 has no body", async (port) => {
  const head = await ask(port, "HEAD /v1/default/k HTTP/1.1", HOST);
  assertMatch(head, /^HTTP\/1\.1 200 OK\r\n[^]*\r\ncontent-length: 3\r\n/i);
  assertMatch(head, /\r\n\r\n$/);
  const known = await ask(
    port,
    "GET /v1/default/k HTTP/1.1",
    HOST,
    "If-None-Match: *",
  );
  assertMatch(known, /^HTTP\/1\.1 304 Not Modified\r\n[^]*\r\n\r\n$/);
});

overSockets("HEAD tells the length of all that GET gives", async (port) => {
  for (const path of ["/v1", "/openapi.json", "/v1/default/nope", "/nope"]) {
    const answers = await Promise.all(
      ["GET", "HEAD"].map((method) =>
        ask(port, `${method} ${path} HTTP/1.1`, HOST)
      ),
    );
    const [get, head] = answers.map((answer) =>
      answer.replace(/^date: .*\r\n/im, "")
    );
    const end = get.indexOf("\r\n\r\n") + 4;
    assert(end < get.length);
    assertEquals(head, get.slice(0, end));
  }
});

overSockets("a long value has its length, and comes whole", async (port) => {
  const answer = await ask(port, "GET /v1/default/long HTTP/1.1", HOST);
  assertMatch(
    answer.slice(0, 1000),
    new RegExp(`\r\ncontent-length: ${LONG.length}\r\n`, "i"),
  );
  assertEquals(answer.endsWith(`\r\n\r\n${LONG}`), true);
});

overSockets("keys stay as they are escaped, dots too", async (port) => {
  for (
    const [path, value] of [
      ["/v1/default/%C3%BF", "b"],
      ["/v1/default/..%2Fx", "slash"],
      ["/v1/default/%2E%2E", "dots"],
      ["/v1/default/..", "dots"],
      ["http://localhost/v1/default/%C3%BF", "b"],
    ]
  ) {
    const answer = await ask(port, `GET ${path} HTTP/1.1`, HOST);
    assertMatch(answer, new RegExp(`\r\n\r\n${value}$`), path);
  }
}, { "\xff": "b", "../x": "slash", "..": "dots" });

overSockets("requests that are none do no harm", async (port) => {
  for (
    const line of [
      "nonsense",
      "GET",
      "GET /v1/default/\xff HTTP/1.1",
      "\0",
      "GET * HTTP/1.1",
    ]
  ) {
    const answer = await ask(port, line, HOST);
    assertMatch(answer, /^HTTP\/1\.1 400 /, JSON.stringify(line));
  }
  const answer = await ask(port, "GET /v1/default/k HTTP/1.1", HOST);
  assertMatch(answer, /abc$/);
});

overSockets("many requests on one connection", async (port) => {
  const client = await Client.connect(port);
  const request = `GET /v1/default/k HTTP/1.1\r\n${HOST}\r\n\r\n`;
  await client.send(request.repeat(100));
  let answers = "";
  while ((answers.match(/\r\n\r\nabc/g) ?? []).length < 100) {
    answers += await client.receive("abc");
  }
  client.close();
});

overSockets("a batch over fetch, streamed", async (port) => {
  const url = `http://127.0.0.1:${port}/v1/default:batchGet`;
  const response = await fetch(url, {
    method: "POST",
    body: JSON.stringify({ keys: ["long", "k", "long"] }),
    headers: { "content-type": "application/json" },
  });
  const { results } = await response.json();
  assertEquals(results.map(({ value }: { value: string }) => value.length), [
    LONG.length,
    3,
    LONG.length,
  ]);
});

Deno.test("a client that goes away within a long answer lets go of the data", async () => {
  const data = dataSet({ long: LONG.repeat(6) });
  const { server, port } = serve(data);
  const client = await Client.connect(port);
  await client.send(`GET /v1/default/long HTTP/1.1\r\n${HOST}\r\n\r\n`);
  await client.receiveSome();
  data.retire();
  client.close();
  await data.released;
  await server.stop();
});

Deno.test("a client that does not read on is cut off, so that old data can go", async () => {
  const { snapshot, facts } = dataSet({ long: LONG.repeat(6) });
  const data = new (class extends DataSet {
    override get retiredAt() {
      return 1; // long ago
    }
  })(snapshot, facts);
  const { server, port } = serve(data);
  const client = await Client.connect(port);
  await client.send(`GET /v1/default/long HTTP/1.1\r\n${HOST}\r\n\r\n`);
  await client.receiveSome();
  data.retire();
  await data.released;
  client.close();
  await server.stop();
});

Deno.test("stop ends what is idle at once, and what is stalled after its grace", async () => {
  const data = dataSet({ long: LONG.repeat(6) });
  const { server, port } = serve(data);
  const idle = await Client.connect(port);
  await idle.ask(`GET /v1 HTTP/1.1\r\n${HOST}\r\n\r\n`, "}");
  const stalled = await Client.connect(port);
  await stalled.send(`GET /v1/default/long HTTP/1.1\r\n${HOST}\r\n\r\n`);
  await stalled.receiveSome();
  const begun = performance.now();
  const stopped = server.stop();
  assertEquals(await idle.receiveAll(), "");
  assert(performance.now() - begun < 4000);
  await stopped;
  assert(performance.now() - begun >= 4999);
  idle.close();
  stalled.close();
  data.retire();
  await data.released;
});

for (const transport of TRANSPORTS) {
  Deno.test(`a Unix socket goes by any name, ${transport}`, () =>
    inDirectory(async (directory) => {
      const path = `${directory}/socket`;
      const pool = await startPool({
        records: { k: "abc" },
        addresses: [{ path }],
        protocol: "http",
        transport,
        threads: 1,
      });
      const socket = await Deno.connect({ path, transport: "unix" });
      const text = "GET /v1/default/k HTTP/1.1\r\nHost: any.example\r\n" +
        "Connection: close\r\n\r\n";
      await socket.write(new TextEncoder().encode(text));
      const answer = await new Response(socket.readable).text();
      assertMatch(answer, /\r\n\r\nabc$/);
      await pool.stop();
    }));
}

withLimits("connections that are too many are told so", {
  maxConnections: 2,
}, async (port) => {
  const clients = [await Client.connect(port), await Client.connect(port)];
  const request = `GET /v1/default/k HTTP/1.1\r\n${HOST}\r\n\r\n`;
  for (const client of clients) await client.ask(request, "abc");
  const third = await Client.connect(port);
  const answer = await third.receiveAll();
  assertMatch(answer, /^HTTP\/1\.1 503 [^]*\r\nconnection: close\r\n/);
  const [head, body] = answer.split("\r\n\r\n");
  assertMatch(head, new RegExp(`^content-length: ${body.length}$`, "m"));
  assertMatch(JSON.parse(body).detail, /too many connections/);
  for (const client of clients) {
    assertMatch(await client.ask(request, "abc"), /^HTTP\/1\.1 200 /);
    client.close();
  }
  third.close();
});

withLimits("a connection that says nothing is closed after its time", {
  idleTimeout: 500,
}, async (port) => {
  const [silent, asking] = [
    await Client.connect(port),
    await Client.connect(port),
  ];
  const request = `GET /v1/default/k HTTP/1.1\r\n${HOST}\r\n\r\n`;
  await asking.ask(request, "abc");
  assertEquals(await silent.receiveAll(), "");
  assertEquals(await asking.receiveAll(), "");
  silent.close();
  asking.close();
});

withLimits(
  "at a stop, a request whose body is on its way is answered",
  {},
  async (port, pool) => {
    const client = await Client.connect(port);
    const idle = await Client.connect(port);
    await client.send(
      `POST /v1/default:batchGet HTTP/1.1\r\n${HOST}\r\n` +
        'Content-Length: 14\r\n\r\n{"keys":',
    );
    // Who is served behind it has been served after it.
    await idle.ask(`GET /v1/default/k HTTP/1.1\r\n${HOST}\r\n\r\n`, "abc");
    const stopped = pool.stop();
    assertEquals(await idle.receiveAll(), "");
    await client.send('["k"]}');
    const answer = await client.receiveAll();
    assertMatch(answer, /^HTTP\/1\.1 200 [^]*"value":"abc"/);
    await stopped;
    client.close();
    idle.close();
  },
);

Deno.test("HTTP has an idle time if none is set, and others have none", () => {
  const limits = { maxConnections: 5, idleTimeout: 0 };
  assertEquals(limitsOf(new HttpProtocol(), limits).idleTimeout, 75_000);
  assertEquals(limitsOf(new MemcachedProtocol(), limits), limits);
  const set = { ...limits, idleTimeout: 300 };
  assertEquals(limitsOf(new HttpProtocol(), set), set);
});

Deno.test("a listener goes by the names in its addresses", () => {
  const addresses = ["kv.example:80", "127.0.0.1:1", "[::1]:1", "unix:s", ":9"];
  assertEquals(namesOf(addresses.map(parseAddress)), ["kv.example"]);
});
