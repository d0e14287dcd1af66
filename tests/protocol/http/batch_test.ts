import { assert, assertEquals, assertMatch } from "@std/assert";
import { Buffer } from "node:buffer";
import {
  createCounters,
  GETS,
  HITS,
  MISSES,
} from "../../../src/protocol/mod.ts";
import { DataFileError } from "../../../src/storage/storage.ts";
import { dataSet } from "../converse.ts";
import { Random } from "../differential/random.ts";
import {
  asking,
  askingFor,
  contextOf,
  fields,
  namespacedDataSet,
  SUM,
} from "./asking.ts";

const PATH = "/v1/db:batchGet";

/** A request for these keys. */
function batch(
  body: unknown,
  type = "application/json",
  accept?: string,
): RequestInit {
  return {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    headers: {
      "content-type": type,
      ...(accept === undefined ? {} : { accept }),
    },
  };
}

Deno.test("a batch gives a result for each key, in their order", async () => {
  const ask = askingFor({ a: "1", b: 'two\n"\\\u007f', empty: "" });
  const keys = ["b", "nope", "a", "empty", "a"];
  const response = await ask(PATH, batch({ keys }));
  assertEquals(response.status, 200);
  assertEquals(fields(response, "content-type", "etag", "cache-control"), [
    "application/json",
    `"${SUM}"`,
    "no-store",
  ]);
  assertEquals(await response.json(), {
    dataSet: SUM,
    results: [
      { key: "b", found: true, value: 'two\n"\\\u007f' },
      { key: "nope", found: false },
      { key: "a", found: true, value: "1" },
      { key: "empty", found: true, value: "" },
      { key: "a", found: true, value: "1" },
    ],
  });
});

Deno.test("what is not UTF-8 comes and goes as base64", async () => {
  const ask = askingFor({
    "k\xff": "v\xff\0",
    text: "\xe9\x8d\xb5",
    bom: "\xef\xbb\xbfx",
    cut: "\xe9\x8d",
  });
  const keyBase64 = Buffer.from("k\xff", "latin1").toString("base64");
  const keys = [{ keyBase64 }, { key: "text" }, "bom", "cut"];
  const { results } = await (await ask(PATH, batch({ keys }))).json();
  assertEquals(results, [
    { keyBase64, found: true, valueBase64: "dv8A" },
    { key: "text", found: true, value: "鍵" },
    { key: "bom", found: true, value: "\ufeffx" },
    { key: "cut", found: true, valueBase64: "6Y0=" },
  ]);
});

Deno.test("a batch can name namespaces", async () => {
  const data = await namespacedDataSet({ a: { k: "1" }, b: { k: "2" } });
  const ask = asking({ db: { current: data } });
  const keys = [
    { namespace: "b", key: "k" },
    { namespaceBase64: "YQ==", keyBase64: "aw==" },
    "a:k",
    { namespace: "c", key: "k" },
    "k",
  ];
  const { results } = await (await ask(PATH, batch({ keys }))).json();
  assertEquals(results, [
    { namespace: "b", key: "k", found: true, value: "2" },
    { namespaceBase64: "YQ==", keyBase64: "aw==", found: true, value: "1" },
    { key: "a:k", found: true, value: "1" },
    { namespace: "c", key: "k", found: false },
    { key: "k", found: false },
  ]);
  const without = await askingFor({})(PATH, batch({ keys }));
  assertEquals(without.status, 400);
  assertMatch((await without.json()).detail, /keys\[0\].*database db/);
});

Deno.test("NDJSON is a key a line, and a result a line", async () => {
  const ask = askingFor({ a: "1" });
  const sent = '"a"\n{"keyBase64":"YQ=="}\n"b"';
  const lines = '{"key":"a","found":true,"value":"1"}\n' +
    '{"keyBase64":"YQ==","found":true,"value":"1"}\n' +
    '{"key":"b","found":false}\n';
  for (const end of ["", "\n"]) {
    const response = await ask(PATH, batch(sent + end, "application/x-ndjson"));
    assertEquals(fields(response, "content-type"), ["application/x-ndjson"]);
    assertEquals(await response.text(), lines);
  }
});

Deno.test("the answer is of the kind that Accept names", async () => {
  const ask = askingFor({ a: "1" });
  const ndjson = "application/x-ndjson", json = "application/json";
  const keys = { keys: ["a"] };
  for (
    const [init, type] of [
      [batch(keys, json, ndjson), ndjson],
      [batch('"a"\n', ndjson, json), json],
      [batch('"a"\n', ndjson, "*/*"), ndjson],
      [batch(keys, json, "*/*"), json],
      [batch(keys, "application/json; charset=utf-8"), json],
    ] as const
  ) {
    const response = await ask(PATH, init);
    assertEquals(fields(response, "content-type"), [type]);
    assert((await response.text()).includes('"value":"1"'));
  }
});

Deno.test("no keys are no results", async () => {
  const ask = askingFor({});
  const response = await ask(PATH, batch({ keys: [] }));
  assertEquals((await response.json()).results, []);
  const lines = await ask(PATH, batch("", "application/x-ndjson"));
  assertEquals([lines.status, await lines.text()], [200, ""]);
});

Deno.test("a batch that is wrong is told what is wrong with it", async () => {
  const ask = askingFor({ a: "1" });
  const ndjson = "application/x-ndjson";
  for (
    const [init, status, detail] of [
      [batch("{"), 400, /body is not JSON/],
      [batch([]), 400, /must be \{"keys"/],
      [batch({ keys: "a" }), 400, /must be \{"keys"/],
      [batch({ keys: ["a", 1] }), 400, /keys\[1\] must be a text/],
      [batch({ keys: [["a"]] }), 400, /keys\[0\] must be a text/],
      [batch({ keys: [{}] }), 400, /no key and no keyBase64/],
      [batch({ keys: [{ key: null }] }), 400, /keys\[0\].key is not a text/],
      [batch({ keys: [{ keyBase64: "a" }] }), 400, /keyBase64 is not base64/],
      [batch({ keys: [{ keyBase64: 5 }] }), 400, /keyBase64 is not base64/],
      [batch({ keys: [{ key: "a", keyBase64: "" }] }), 400, /has both/],
      [batch('"a"\n\n"b"', ndjson), 400, /line 2 is not JSON/],
      [batch("a", "text/plain"), 415, /not text\/plain/],
      [
        batch({ keys: Array(10_001).fill("a") }),
        413,
        /10001 keys are too many/,
      ],
      [batch(" ".repeat(4 * 1024 * 1024 + 1)), 413, /4194304 bytes/],
    ] as const
  ) {
    const response = await ask(PATH, init);
    assertEquals(response.status, status, String(detail));
    assertEquals(fields(response, "content-type"), [
      "application/problem+json",
    ]);
    assertMatch((await response.json()).detail, detail);
  }
  const bytes = await ask(PATH, {
    ...batch(""),
    body: new Uint8Array([34, 255, 34]),
  });
  assertEquals(bytes.status, 400);
  assertMatch((await bytes.json()).detail, /keyBase64/);
});

Deno.test("a body without an end is read no further than it may be long", async () => {
  const ask = askingFor({});
  let given = 0, cancelled = false;
  const body = new ReadableStream({
    pull(controller) {
      given += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(32));
    },
    cancel() {
      cancelled = true;
    },
  });
  const response = await ask(PATH, { ...batch(""), body });
  assertEquals(response.status, 413);
  await response.body?.cancel();
  assert(cancelled && given < 5 * 1024 * 1024, `${given}`);
});

Deno.test("a batch for a database that is not there, or by GET", async () => {
  const ask = askingFor({});
  const unknown = await ask("/v1/other:batchGet", batch({ keys: [] }));
  assertEquals(unknown.status, 404);
  await unknown.body?.cancel();
  const get = await ask(PATH);
  assertEquals([get.status, ...fields(get, "allow")], [405, "POST, OPTIONS"]);
  await get.body?.cancel();
  const empty = asking({ db: { current: undefined } });
  const early = await empty(PATH, batch({ keys: ["a"] }));
  assertEquals(early.status, 503);
  await early.body?.cancel();
});

Deno.test("a long answer is streamed, all of it from the data set it began with", async () => {
  const text = "鍵".repeat(400_000), bytes = "\xff".repeat(1_700_001);
  const latin1 = String.fromCharCode(...new TextEncoder().encode("鍵"))
    .repeat(400_000);
  const handler = { current: dataSet({ text: latin1, bytes, small: "s" }) };
  const former = handler.current;
  const ask = asking({ db: handler });
  const keys = ["small", "text", "bytes", "text", "small"];
  const response = await ask(PATH, batch({ keys }));
  assertEquals(fields(response, "content-length"), [null]);
  handler.current = dataSet({ small: "other" }, "ff");
  former.retire();
  const { dataSet: sum, results } = await response.json();
  assertEquals(sum, SUM);
  assertEquals(results.length, 5);
  assertEquals(results[0].value, "s");
  assertEquals(results[1].value === text, true);
  assertEquals(results[3].value === text, true);
  const decoded = Buffer.from(results[2].valueBase64, "base64");
  assertEquals(decoded.equals(Buffer.from(bytes, "latin1")), true);
  assertEquals(results[4].value, "s");
  await former.released;
});

Deno.test("ten thousand keys are answered", async () => {
  const records: Record<string, string> = {};
  for (let n = 0; n < 10_000; n++) records[`key-${n}`] = `value-${n}`;
  const counters = createCounters();
  const handler = { current: dataSet(records) };
  const ask = asking({}, { context: contextOf({ db: handler }, counters) });
  const keys = [...Object.keys(records).slice(1), "nope"];
  const { results } = await (await ask(PATH, batch({ keys }))).json();
  assertEquals(results.length, 10_000);
  for (const { key, value } of results.slice(0, -1)) {
    assertEquals(value, records[key]);
  }
  assertEquals(
    [counters[GETS], counters[HITS], counters[MISSES]],
    [10_000, 9999, 1],
  );
});

Deno.test("damage at one key fails the batch: nothing is left out unseen", async () => {
  const data = dataSet({ a: "1" });
  const context = contextOf({ db: { current: data } });
  data.snapshot.find = () => {
    throw new DataFileError("data.db", "page 7 is not a page");
  };
  const ask = asking({}, { context });
  const response = await ask(PATH, batch({ keys: ["a"] }));
  assertEquals(response.status, 500);
  assertMatch((await response.json()).detail, /damaged/);
  assertEquals(context.damage, ["page 7 is not a page"]);
});

Deno.test("keys of all lengths come back as they were sent, with their values", async () => {
  const random = new Random(3);
  const data = await namespacedDataSet({
    ns: Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => ["k".repeat(n * n), `value ${n}`]),
    ),
  });
  const ask = asking({ db: { current: data } });
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  for (let round = 0; round < 20; round++) {
    const expected = random.some(1, 60, () => {
      const n = random.below(50);
      const found = random.oneIn(2);
      const length = random.oneIn(8) ? random.below(65_536) : n * n;
      const key = found
        ? "k".repeat(n * n)
        : "鍵".repeat(length / 3 | 0) + '"\n';
      return {
        ...(random.oneIn(2)
          ? { namespace: "ns" }
          : { namespaceBase64: base64("ns") }),
        ...(random.oneIn(2) ? { key } : { keyBase64: base64(key) }),
        found,
        ...(found ? { value: `value ${n}` } : {}),
      };
    });
    const keys = expected.map(({ found: _, value: __, ...key }) => ({
      unknown: [{ "keys": "x".repeat(random.below(300)) }],
      ...key,
    }));
    const { results } = await (await ask(PATH, batch({ keys }))).json();
    assertEquals(results, expected);
  }
});

Deno.test("a key has 65,536 bytes at most", async () => {
  const ask = askingFor({});
  for (const length of [65_536, 65_537, 100_000]) {
    const bytes = new Uint8Array(length).fill(0x6b);
    const key = "k".repeat(length);
    const keyBase64 = Buffer.from(bytes).toString("base64");
    for (const asked of [key, { key }, { keyBase64 }]) {
      const response = await ask(PATH, batch({ keys: ["a", asked] }));
      const isShort = length === 65_536;
      assertEquals(response.status, isShort ? 200 : 413, `${length}`);
      const { results, detail } = await response.json();
      if (isShort) assertEquals(results[1].found, false);
      else assertMatch(detail, /more than 65536 bytes|longer than 87384 bytes/);
    }
  }
});
