import { assert, assertEquals, assertMatch } from "@std/assert";
import {
  createCounters,
  GETS,
  HITS,
  MISSES,
} from "../../../src/protocol/mod.ts";
import { WRITES_REFUSED } from "../../../src/protocol/counters.ts";
import type { DataSet } from "../../../src/handler/data_set.ts";
import { DataFileError } from "../../../src/storage/storage.ts";
import { dataSet, latin1 } from "../converse.ts";
import {
  asking,
  askingFor,
  bodyOf,
  contextOf,
  fields,
  namespacedDataSet,
  SUM,
} from "./asking.ts";

const ETAG = `"${SUM}"`;
const ALPHABET = "abcdefghijklmnopqrstuvwxyz";

Deno.test("a value is given as bytes, with the sum of the data set as its tag", async () => {
  const ask = askingFor({ hoge: "hoge\xff\0!" });
  const response = await ask("/v1/db/hoge");
  assertEquals(response.status, 200);
  assertEquals(
    fields(response, "content-type", "etag", "accept-ranges", "cache-control"),
    ["application/octet-stream", ETAG, "bytes", "max-age=1"],
  );
  assertEquals(await bodyOf(response), "hoge\xff\0!");
});

Deno.test("HEAD tells the length, and gives no body", async () => {
  const response = await askingFor({ k: "12345" })("/v1/db/k", {
    method: "HEAD",
  });
  assertEquals(response.status, 200);
  assertEquals(fields(response, "content-length", "etag"), ["5", ETAG]);
  assertEquals(await bodyOf(response), "");
});

Deno.test("the media type of the values can be set", async () => {
  const ask = askingFor({ k: "{}" }, { contentType: "application/json" });
  assertEquals(fields(await ask("/v1/db/k"), "content-type"), [
    "application/json",
  ]);
});

Deno.test("how long caches may keep a value can be set", async () => {
  const cacheControl = "public, max-age=60";
  const ask = askingFor({ k: "1" }, { cacheControl });
  const response = await ask("/v1/db/k");
  assertEquals(fields(response, "cache-control"), [cacheControl]);
  const headers = { "if-none-match": "*" };
  const known = await ask("/v1/db/k", { headers });
  assertEquals([known.status, ...fields(known, "cache-control")], [
    304,
    cacheControl,
  ]);
  assertEquals(fields(await ask("/v1/db/nope"), "cache-control"), [null]);
});

Deno.test("an empty value, and an empty key, are values", async () => {
  const ask = askingFor({ "": "of the empty key", k: "" });
  assertEquals(await bodyOf(await ask("/v1/db/")), "of the empty key");
  const empty = await ask("/v1/db/k");
  assertEquals([empty.status, await bodyOf(empty)], [200, ""]);
});

Deno.test("every byte can be in a key", async () => {
  const records: Record<string, string> = {};
  for (let byte = 0; byte < 256; byte++) {
    records[`a${String.fromCharCode(byte)}z`] = String(byte);
  }
  const ask = askingFor(records);
  for (let byte = 0; byte < 256; byte++) {
    const hex = byte.toString(16).padStart(2, "0");
    for (const escape of [hex, hex.toUpperCase()]) {
      assertEquals(
        await bodyOf(await ask(`/v1/db/a%${escape}z`)),
        String(byte),
      );
    }
  }
});

Deno.test("a key may be UTF-8, have a plus in it, or be long", async () => {
  const long = "x".repeat(5000);
  const key = fromUtf8("鍵");
  const ask = askingFor({ [key]: "1", "a+b": "2", [long]: "3", "%": "4" });
  for (
    const [path, value] of [
      ["/v1/db/鍵", "1"],
      ["/v1/db/%E9%8D%B5", "1"],
      ["/v1/db/a+b", "2"],
      ["/v1/db/a%2Bb", "2"],
      [`/v1/db/${long}`, "3"],
      ["/v1/db/%25", "4"],
      ["/v1/db/a+b?query=is/ignored", "2"],
    ]
  ) assertEquals(await bodyOf(await ask(path)), value, path);
});

Deno.test("an escape that is none is told, not served", async () => {
  const ask = askingFor({ "%": "1", "%2": "2" });
  for (const key of ["%", "%2", "%zz", "a%", "a%2", "%%20", "%2g"]) {
    const response = await ask(`/v1/db/${key}`);
    assertEquals(response.status, 400, key);
    await isProblem(response, /%25/);
  }
});

Deno.test("a key that is not there is a problem in JSON", async () => {
  const response = await askingFor({})("/v1/db/nope");
  assertEquals(response.status, 404);
  assertEquals(
    fields(response, "content-type", "etag"),
    ["application/problem+json", null],
  );
  assertEquals(await response.json(), {
    type: "about:blank",
    title: "Not Found",
    status: 404,
    detail: "the database db has no such key",
  });
});

Deno.test("a database that is not there, or has no data yet", async () => {
  const ask = asking({ db: { current: undefined } });
  const unknown = await ask("/v1/other/k");
  assertEquals(unknown.status, 404);
  await isProblem(unknown, /no database "other"/);
  const empty = await ask("/v1/db/k");
  assertEquals([empty.status, ...fields(empty, "retry-after")], [503, "5"]);
  await isProblem(empty, /no data yet/);
});

Deno.test("a namespace is a part of the path", async () => {
  const data = await namespacedDataSet({
    ns: { k: "1", "a/b": "2" },
    "x/y": { k: "3" },
  });
  const ask = asking({ db: { current: data } });
  assertEquals(await bodyOf(await ask("/v1/db/ns/k")), "1");
  assertEquals(await bodyOf(await ask("/v1/db/ns/a%2Fb")), "2");
  assertEquals(await bodyOf(await ask("/v1/db/x%2Fy/k")), "3");
  assertEquals(await bodyOf(await ask("/v1/db/ns:k")), "1");
  assertEquals((await ask("/v1/db/nope/k")).status, 404);
  assertEquals((await ask("/v1/db/ns/k/more")).status, 404);
});

Deno.test("a namespace where there are none says how a slash is written", async () => {
  const ask = askingFor({ "a/b": "1" });
  assertEquals(await bodyOf(await ask("/v1/db/a%2Fb")), "1");
  const response = await ask("/v1/db/a/b");
  assertEquals(response.status, 404);
  await isProblem(response, /%2F/);
});

Deno.test("a client that has the data is told so", async () => {
  const ask = askingFor({ k: "1" });
  for (
    const [tags, status] of [
      [ETAG, 304],
      [`W/${ETAG}`, 304],
      [`"a", "b,c", W/"d" , ${ETAG}`, 304],
      ["*", 304],
      ['"other"', 200],
      ['W/"other"', 200],
      [SUM, 200],
      ["", 200],
    ] as const
  ) {
    for (const method of ["GET", "HEAD"]) {
      const headers = { "if-none-match": tags };
      const response = await ask("/v1/db/k", { method, headers });
      assertEquals(response.status, status, tags);
      assertEquals(fields(response, "etag", "cache-control"), [
        ETAG,
        "max-age=1",
      ]);
      if (status === 304) assertEquals(await bodyOf(response), "");
    }
  }
  const headers = { "if-none-match": "*" };
  assertEquals((await ask("/v1/db/nope", { headers })).status, 404);
});

Deno.test("a client that wants other data is told so", async () => {
  const ask = askingFor({ k: "1" });
  for (
    const [tags, status] of [
      [ETAG, 200],
      ["*", 200],
      [`"x", ${ETAG}`, 200],
      [`W/${ETAG}`, 412],
      ['"x"', 412],
    ] as const
  ) {
    const response = await ask("/v1/db/k", { headers: { "if-match": tags } });
    assertEquals(response.status, status, tags);
  }
});

Deno.test("a range is a part of the value", async () => {
  const ask = askingFor({ k: ALPHABET });
  for (
    const [range, part, where] of [
      ["bytes=0-0", "a", "0-0"],
      ["bytes=3-5", "def", "3-5"],
      ["bytes=23-", "xyz", "23-25"],
      ["bytes=-3", "xyz", "23-25"],
      ["bytes=20-999999999999999999999999", "uvwxyz", "20-25"],
      ["bytes=-999", ALPHABET, "0-25"],
      ["Bytes= 1-2 ", "bc", "1-2"],
    ]
  ) {
    const response = await ask("/v1/db/k", { headers: { range } });
    assertEquals(response.status, 206, range);
    assertEquals(
      fields(response, "content-range", "content-length", "etag"),
      [`bytes ${where}/26`, String(part.length), ETAG],
    );
    assertEquals(await bodyOf(response), part);
  }
});

Deno.test("a range of which no byte is there", async () => {
  const ask = askingFor({ k: ALPHABET, empty: "" });
  for (const range of ["bytes=26-", "bytes=26-27", "bytes=-0"]) {
    const response = await ask("/v1/db/k", { headers: { range } });
    assertEquals(response.status, 416, range);
    assertEquals(fields(response, "content-range"), ["bytes */26"]);
    await isProblem(response, /26 bytes/);
  }
  const headers = { range: "bytes=0-" };
  assertEquals((await ask("/v1/db/empty", { headers })).status, 416);
});

Deno.test("the whole is the answer to several ranges, and to what is none", async () => {
  const ask = askingFor({ k: ALPHABET });
  for (
    const range of [
      "bytes=0-1,3-4",
      "bytes=5-4",
      "bytes=-",
      "bytes=a-b",
      "lines=1-2",
      "bytes",
    ]
  ) {
    const response = await ask("/v1/db/k", { headers: { range } });
    assertEquals([response.status, await bodyOf(response)], [200, ALPHABET]);
  }
  const head = { method: "HEAD", headers: { range: "bytes=0-1" } };
  const response = await ask("/v1/db/k", head);
  assertEquals([response.status, ...fields(response, "content-length")], [
    200,
    "26",
  ]);
});

Deno.test("a range holds only of the data that the client knows", async () => {
  const ask = askingFor({ k: ALPHABET });
  const range = "bytes=0-1";
  for (const [tag, status] of [[ETAG, 206], ['"x"', 200], [`W/${ETAG}`, 200]]) {
    const headers = { range, "if-range": String(tag) };
    assertEquals((await ask("/v1/db/k", { headers })).status, status);
  }
});

Deno.test("a long value comes in pieces, all from the data set it began with", async () => {
  const long = ALPHABET.repeat(200_000);
  const handler = { current: dataSet({ k: long }) };
  const former = handler.current;
  const ask = asking({ db: handler });
  const response = await ask("/v1/db/k");
  assertEquals(fields(response, "content-length"), [String(long.length)]);
  handler.current = dataSet({ k: "new" }, "ff");
  former.retire();
  assertEquals(await released(former), false);
  assertEquals(await bodyOf(response) === long, true);
  assertEquals(await released(former), true);
});

Deno.test("a part of a long value, and a client that goes away", async () => {
  const long = ALPHABET.repeat(200_000);
  const data = dataSet({ k: long });
  const ask = asking({ db: { current: data } });
  const headers = { range: "bytes=1-2600000" };
  const response = await ask("/v1/db/k", { headers });
  assertEquals(await bodyOf(response) === long.slice(1, 2_600_001), true);

  const abandoned = await ask("/v1/db/k");
  const reader = abandoned.body!.getReader();
  await reader.read();
  data.retire();
  assertEquals(await released(data), false);
  await reader.cancel();
  assertEquals(await released(data), true);
});

Deno.test("what would change the data is refused, and counted", async () => {
  const counters = createCounters();
  const handler = { current: dataSet({ k: "1" }) };
  const context = contextOf({ db: handler }, counters);
  const ask = asking({}, { context });
  for (const method of ["PUT", "POST", "DELETE", "PATCH", "LOCK"]) {
    const response = await ask("/v1/db/k", { method });
    assertEquals([response.status, ...fields(response, "allow")], [
      405,
      "GET, HEAD, OPTIONS",
    ]);
    await isProblem(response, /read-only/);
  }
  assertEquals(counters[WRITES_REFUSED], 4);
  assertEquals(counters[GETS], 0);
});

Deno.test("hits and misses are counted", async () => {
  const counters = createCounters();
  const handler = { current: dataSet({ k: "1" }) };
  const ask = asking({}, { context: contextOf({ db: handler }, counters) });
  for (const key of ["k", "nope", "k"]) await ask(`/v1/db/${key}`);
  assertEquals([counters[GETS], counters[HITS], counters[MISSES]], [3, 2, 1]);
});

Deno.test("damage that a look-up meets is a problem, and is told", async () => {
  const data = dataSet({});
  data.snapshot.find = () => {
    throw new DataFileError("data.db", "page 7 is not a page");
  };
  const context = contextOf({ db: { current: data } });
  const ask = asking({}, { context });
  const response = await ask("/v1/db/k");
  assertEquals(response.status, 500);
  await isProblem(response, /damaged/);
  assertEquals(context.damage, ["page 7 is not a page"]);
});

Deno.test("a value is a copy: what holds the data may go", async () => {
  const data = dataSet({ k: "abc" });
  const response = await asking({ db: { current: data } })("/v1/db/k");
  for (const { value } of data.snapshot.entries()) value.set(latin1("xyz"));
  assertEquals(await bodyOf(response), "abc");
});

async function isProblem(response: Response, detail: RegExp): Promise<void> {
  assertEquals(fields(response, "content-type"), ["application/problem+json"]);
  const body = await response.json();
  assertEquals(body.status, response.status);
  assert(typeof body.title === "string" && body.title !== "");
  assertMatch(body.detail, detail);
}

async function released(data: DataSet): Promise<boolean> {
  const turn = new Promise<boolean>((resolve) => setTimeout(resolve, 0, false));
  return await Promise.race([data.released.then(() => true), turn]);
}

/** The UTF-8 bytes of a text, a character each. */
function fromUtf8(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}
