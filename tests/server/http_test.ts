import { assert, assertEquals, assertMatch } from "@std/assert";
import type { Handler } from "../../src/handler/handler.ts";
import type { HttpOptions } from "../../src/protocol/http/app.ts";
import { serveHttp } from "../../src/server/http_listener.ts";
import { contextOf } from "../protocol/http_app.ts";
import { dataSet } from "../protocol/converse.ts";
import { inDirectory } from "../temporary.ts";
import { Client } from "./client.ts";
import { portOf } from "./start_pool.ts";

const LONG = "0123456789".repeat(300_000);

/** Runs a test with a server of `db` on a socket. */
async function serving(
  test: (port: number) => Promise<void>,
  handler: Handler = {
    current: dataSet({ k: "abc", "\xff": "b", long: LONG }),
  },
  options: Partial<HttpOptions> = {},
): Promise<void> {
  const listener = serveHttp({
    context: contextOf({ db: handler }),
    address: { hostname: "127.0.0.1", port: 0 },
    ...options,
  });
  try {
    await test(portOf(listener.address));
  } finally {
    await listener.stop(1000);
  }
}

/** What a server answers to bytes, until it closes. */
async function ask(port: number, ...lines: string[]): Promise<string> {
  const client = await Client.connect(port);
  await client.send([...lines, "Connection: close", "", ""].join("\r\n"));
  const answer = await client.receiveAll();
  client.close();
  return answer;
}

Deno.test("over a socket: a value with its length", () =>
  serving(async (port) => {
    const answer = await ask(port, "GET /v1/db/k HTTP/1.1", "Host: kv");
    assertMatch(answer, /^HTTP\/1\.1 200 OK\r\n/);
    assertMatch(answer, /\r\ncontent-length: 3\r\n/i);
    assertMatch(answer, /\r\netag: "0000000000000002aaaaaaaaaaaaaaaa"\r\n/i);
    assertMatch(answer, /\r\n\r\nabc$/);
  }));

Deno.test("over a socket: HEAD tells the length, and 304 has no body", () =>
  serving(async (port) => {
    const head = await ask(port, "HEAD /v1/db/k HTTP/1.1", "Host: kv");
    assertMatch(head, /^HTTP\/1\.1 200 OK\r\n[^]*\r\ncontent-length: 3\r\n/i);
    assertMatch(head, /\r\n\r\n$/);
    const known = await ask(
      port,
      "GET /v1/db/k HTTP/1.1",
      "Host: kv",
      "If-None-Match: *",
    );
    assertMatch(known, /^HTTP\/1\.1 304 Not Modified\r\n[^]*\r\n\r\n$/);
  }));

Deno.test("over a socket: HEAD tells the length of everything that GET gives", () =>
  serving(async (port) => {
    for (const path of ["/v1", "/openapi.json", "/v1/db/nope", "/nope"]) {
      const answers = await Promise.all(
        ["GET", "HEAD"].map((method) =>
          ask(port, `${method} ${path} HTTP/1.1`, "Host: kv")
        ),
      );
      const [get, head] = answers.map((answer) =>
        answer.replace(/^date: .*\r\n/im, "")
      );
      const end = get.indexOf("\r\n\r\n") + 4;
      assert(end < get.length);
      assertEquals(head, get.slice(0, end));
    }
  }));

Deno.test("over a socket: a long value has its length, and comes whole", () =>
  serving(async (port) => {
    const answer = await ask(port, "GET /v1/db/long HTTP/1.1", "Host: kv");
    assertMatch(
      answer.slice(0, 1000),
      new RegExp(`\r\ncontent-length: ${LONG.length}\r\n`, "i"),
    );
    assertEquals(answer.endsWith(`\r\n\r\n${LONG}`), true);
  }));

Deno.test("over a socket: keys stay as they are escaped, dots too", () =>
  serving(async (port) => {
    for (
      const [path, value] of [
        ["/v1/db/%FF", "b"],
        ["/v1/db/..%2Fx", "slash"],
        ["/v1/db/%2E%2E", "dots"],
        ["/v1/db/..", "dots"],
        ["http://kv/v1/db/%FF", "b"],
      ]
    ) {
      const answer = await ask(port, `GET ${path} HTTP/1.1`, "Host: kv");
      assertMatch(answer, new RegExp(`\r\n\r\n${value}$`), path);
    }
  }, { current: dataSet({ "\xff": "b", "../x": "slash", "..": "dots" }) }));

Deno.test("over a socket: requests that are none do no harm", () =>
  serving(async (port) => {
    for (
      const line of [
        "nonsense",
        "GET",
        "GET /v1/db/\xff HTTP/1.1",
        "\0",
        "GET * HTTP/1.1",
      ]
    ) {
      const answer = await ask(port, line, "Host: kv");
      assertMatch(answer, /^(HTTP\/1\.1 4\d\d |$)/, JSON.stringify(line));
    }
    const answer = await ask(port, "GET /v1/db/k HTTP/1.1", "Host: kv");
    assertMatch(answer, /abc$/);
  }));

Deno.test("over a socket: many requests on one connection", () =>
  serving(async (port) => {
    const client = await Client.connect(port);
    const request = "GET /v1/db/k HTTP/1.1\r\nHost: kv\r\n\r\n";
    await client.send(request.repeat(100));
    let answers = "";
    while ((answers.match(/\r\n\r\nabc/g) ?? []).length < 100) {
      answers += await client.receive("abc");
    }
    client.close();
  }));

Deno.test("a client that goes away within a long answer lets go of the data", async () => {
  const data = dataSet({ long: LONG.repeat(6) });
  await serving(async (port) => {
    const client = await Client.connect(port);
    await client.send("GET /v1/db/long HTTP/1.1\r\nHost: kv\r\n\r\n");
    await client.receive("9");
    data.retire();
    client.close();
    await data.released;
  }, { current: data });
});

Deno.test("a batch over fetch, streamed", () =>
  serving(async (port) => {
    const response = await fetch(`http://127.0.0.1:${port}/v1/db:batchGet`, {
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
  }));

Deno.test("stop ends what is idle at once, and what is stalled after its grace", async () => {
  const data = dataSet({ long: LONG.repeat(6) });
  const listener = serveHttp({
    context: contextOf({ db: { current: data } }),
    address: { hostname: "127.0.0.1", port: 0 },
  });
  const port = portOf(listener.address);
  const idle = await Client.connect(port);
  await idle.ask("GET /v1 HTTP/1.1\r\nHost: kv\r\n\r\n", "}");
  const stalled = await Client.connect(port);
  await stalled.send("GET /v1/db/long HTTP/1.1\r\nHost: kv\r\n\r\n");
  await stalled.receive("9");
  const begun = performance.now();
  await listener.stop(300);
  const took = performance.now() - begun;
  assert(took >= 299 && took < 5000, `${took}`);
  assertEquals(await idle.receiveAll(), "");
  idle.close();
  stalled.close();
  data.retire();
  await data.released;
});

Deno.test("HTTP on a Unix socket", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/socket`;
    const listener = serveHttp({
      context: contextOf({ db: { current: dataSet({ k: "abc" }) } }),
      address: { path },
    });
    const socket = await Deno.connect({ path, transport: "unix" });
    const text =
      "GET /v1/db/k HTTP/1.1\r\nHost: kv\r\nConnection: close\r\n\r\n";
    await socket.write(new TextEncoder().encode(text));
    const answer = await new Response(socket.readable).text();
    assertMatch(answer, /\r\n\r\nabc$/);
    await listener.stop(1000);
  }));
