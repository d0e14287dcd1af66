/** Inputs of each kind, and what is wrong with them. */

import { DatabaseSync } from "node:sqlite";
import { gzipSync } from "node:zlib";
import { assertEquals, assertRejects } from "@std/assert";
import { BuildError } from "../../src/build/error.ts";
import type { BuildOptions } from "../../src/build/build.ts";
import { fixturePath } from "../fixtures.ts";
import { loadWithLibdb } from "../storage/bdb/engine.ts";
import { cdbFile } from "../storage/cdb/writer.ts";
import { hasProgram, load } from "../storage/lmdb/mdb_load.ts";
import { inDirectory } from "../temporary.ts";
import { buildQuietly, fromBytes, readBack, toBytes } from "./building.ts";

const NAMED = { key: "key", value: "value", namespace: undefined };

/** `{"a": "1", "b": "2"}`, by the program zstd, which checks sums. */
const ZSTD = Uint8Array.fromBase64(
  "KLUv/QRYoQAAeyJhIjogIjEiLCAiYiI6ICIyIn1/u2ys",
);

/** Builds a cdb of inputs, by name, and reads it back. */
function built(
  files: Record<string, string | Uint8Array<ArrayBuffer>>,
  options: Partial<BuildOptions> = {},
  warnings: string[] = [],
): Promise<Record<string, string>> {
  let found: Record<string, string> = {};
  return inDirectory(async (directory) => {
    const inputs: string[] = [];
    for (const [name, content] of Object.entries(files)) {
      inputs.push(`${directory}/${name}`);
      await Deno.writeFile(
        `${directory}/${name}`,
        typeof content === "string"
          ? new TextEncoder().encode(content)
          : content,
      );
    }
    const out = `${directory}/data.cdb`;
    await buildQuietly(
      { inputs, to: "cdb", out, fields: NAMED, ...options },
      warnings,
    );
    found = Object.fromEntries(await readBack(out, "cdb"));
  }).then(() => found);
}

/** Fails unless the message of the error is of a form. */
async function refused(
  files: Record<string, string | Uint8Array<ArrayBuffer>>,
  message: RegExp,
  options: Partial<BuildOptions> = {},
): Promise<void> {
  const error = await assertRejects(() => built(files, options), BuildError);
  assertEquals(message.test(error.message), true, error.message);
}

Deno.test("JSON: values that are not strings are their text", async () => {
  assertEquals(
    await built({ "a.json": '{"a": "1\\u00e9", "b": 12.50, "c": {"d": [1]}}' }),
    { a: "1\xc3\xa9", b: "12.50", c: '{"d": [1]}' },
  );
});

Deno.test("JSON: objects within it are namespaces", async () => {
  assertEquals(
    await built({ "a.json": '{"x": {"k": "1"}, "y": {"k": "2"}}' }, {
      open: { namespaced: true },
    }),
    { "x:k": "1", "y:k": "2" },
  );
});

Deno.test("NDJSON: fields in any order, and others between them", async () => {
  assertEquals(
    await built({
      "a.ndjson": '\ufeff{"key":"a","n":[{"key":1}],"value":"x\\ny"}\r\n\n' +
        '{ "value" : 7e1 , "key" : "b\\"" }\n{"key":"c","value":null}',
    }),
    { a: "x\ny", 'b"': "7e1", c: "null" },
  );
});

Deno.test("NDJSON: other names of fields, and namespaces", async () => {
  assertEquals(
    await built({ "a.jsonl": '{"id":"a","v":"1","t":"x"}' }, {
      fields: { key: "id", value: "v", namespace: "t" },
      open: { namespaced: true },
    }),
    { "x:a": "1" },
  );
});

Deno.test("NDJSON: lines of any length", async () => {
  const long = "x".repeat(3_000_000);
  const lines = [`{"key":"a","value":"${long}"}`, '{"key":"b","value":"1"}'];
  assertEquals(await built({ "a.ndjson": lines.join("\n") }), {
    a: long,
    b: "1",
  });
});

Deno.test("NDJSON and JSON are told apart without a name", async () => {
  const lines = '{"key":"a","value":"1"}\n{"key":"b","value":"2"}\n';
  assertEquals(await built({ input: lines }), { a: "1", b: "2" });
  assertEquals(await built({ input: '{"key":"a",\n"value":"1"}\n' }), {
    key: "a",
    value: "1",
  });
});

Deno.test("CSV: the first line names the fields", async () => {
  assertEquals(
    await built({
      "a.csv": '\ufeffn,value,key\n1,"x, ""y""\nz",a\n\n2,,b\n',
    }),
    { a: 'x, "y"\nz', b: "" },
  );
});

Deno.test("CSV: columns by number need no such line", async () => {
  assertEquals(
    await built({ "a.csv": "1,a,x\n2,b,y\n" }, {
      fields: { key: "2", value: "3", namespace: undefined },
    }),
    { a: "x", b: "y" },
  );
});

Deno.test("TSV: quotes are nothing special", async () => {
  assertEquals(await built({ "a.tsv": 'key\tvalue\n"a"\tsay "b"\n' }), {
    '"a"': 'say "b"',
  });
});

Deno.test("CSV: bytes that are not UTF-8 stay as they are", async () => {
  const line = Uint8Array.from(
    "key,value\n\xff,\xfe\n",
    (c) => c.charCodeAt(0),
  );
  assertEquals(await built({ "a.csv": line }), { "\xff": "\xfe" });
});

Deno.test("CSV: another delimiter is taken, and told where it seems so", async () => {
  const excel = 'key;value\r\na;"1;5"\r\nb;2,5\r\n';
  const expected = { a: "1;5", b: "2,5" };
  const delimiter = ";";
  assertEquals(await built({ "a.csv": excel }, { delimiter }), expected);
  assertEquals(await built({ "a.txt": excel }, { delimiter }), expected);
  await refused(
    { "a.csv": "key;value\na;1\n" },
    /names no field "key", but "key;value"; its fields seem to be parted by ';': say -delimiter ';'$/,
  );
  await refused(
    { "a.csv": "a|1\n" },
    /line 1: it has 1 columns, and column 2 is needed; its fields seem to be parted by '\|': say -delimiter '\|'$/,
    { fields: { key: "1", value: "2", namespace: undefined } },
  );
  await refused(
    { "a.txt": "key;value\na;1\n" },
    /a\.txt: this is CSV with semicolons: goromdb build .* -delimiter ';' FILE$/,
  );
});

/** Text in UTF-16. */
function utf16(
  text: string,
  littleEndian: boolean,
): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(2 * text.length));
  for (let i = 0; i < text.length; i++) {
    view.setUint16(2 * i, text.charCodeAt(i), littleEndian);
  }
  return new Uint8Array(view.buffer);
}

Deno.test("UTF-16 is read by its byte order mark", async () => {
  const long = "x日😀".repeat(100_000);
  const latin1 = (text: string) => fromBytes(new TextEncoder().encode(text));
  for (const little of [true, false]) {
    const texts: Record<string, string> = {
      "a.json": `\ufeff{"a": "1ä", "b": "${long}"}`,
      "a.ndjson":
        `\ufeff{"key":"a","value":"1ä"}\r\n{"key":"b","value":"${long}"}\r\n`,
      "a.csv": `\ufeffkey,value\r\na,1ä\r\nb,${long}\r\n`,
      "a.tsv": `\ufeffkey\tvalue\na\t1ä\nb\t${long}\n`,
      "a": `\ufeff{"a": "1ä", "b": "${long}"}`,
    };
    for (const [name, text] of Object.entries(texts)) {
      const bytes = utf16(text, little);
      const expected = { a: latin1("1ä"), b: latin1(long) };
      assertEquals(await built({ [name]: bytes }), expected, name);
      const packed = new Uint8Array(gzipSync(bytes));
      assertEquals(await built({ [name]: packed }), expected, name);
    }
  }
  await refused(
    { "a.json": utf16('{"a": "1"}', true) },
    /a\.json: this is a JSON object in UTF-16: make UTF-8 of it: iconv -f UTF-16LE -t UTF-8 FILE > NEW$/,
  );
});

Deno.test("gzip and zstd are recognised, whatever the name", async () => {
  const json = '{"a": "1", "b": "2"}';
  const gzip = new Uint8Array(gzipSync(json));
  assertEquals(await built({ "a.json": gzip }), { a: "1", b: "2" });
  assertEquals(await built({ "a.json.zst": ZSTD }), { a: "1", b: "2" });
  const two = new Uint8Array([...gzip, ...gzip]);
  await refused({ "a.json": two }, /text behind the object/);
});

Deno.test("what stands behind gzip is ignored, with a warning", async () => {
  const tail = await Deno.readFile(fixturePath("json/tail.json.gz"));
  const warnings: string[] = [];
  assertEquals(await built({ "a.json.gz": tail }, {}, warnings), { a: "1" });
  assertEquals(
    warnings.map((warning) => warning.replace(/^.*\//, "")),
    ["a.json.gz: trailing garbage behind the gzip data is ignored"],
  );
});

Deno.test("a packed input unpacks to 64 times its size, or what is said", async () => {
  const lines = new Uint8Array(
    gzipSync(`{"key":"k","value":"${"x".repeat(2 ** 20 - 30)}"}\n`),
  );
  // Of a file of 75 KB, 72 MB in lines of 1 MB.
  const bomb = new Uint8Array(72 * lines.length);
  for (let at = 0; at < bomb.length; at += lines.length) bomb.set(lines, at);
  await refused(
    { "a.ndjson.gz": bomb },
    /a\.ndjson\.gz: it unpacks to more than 67108864 bytes, from \d+; if it is to, say -max-unpacked SIZE$/,
  );
  const said = { maxUnpacked: 80 * 2 ** 20 };
  assertEquals(
    Object.keys(await built({ "a.ndjson.gz": bomb }, said)),
    ["k"],
  );
});

Deno.test("of several inputs the later ones count", async () => {
  assertEquals(
    await built({
      "a.json": '{"a": "1", "b": "1"}',
      "b.csv": "key,value\na,2\n",
    }),
    { a: "2", b: "1" },
  );
});

Deno.test("what is wrong is told with its place", async () => {
  await refused(
    { "a.json": '{"a": "1",\n "b" 2}' },
    /a\.json: not valid JSON at line 2, column 6: expected ':'/,
  );
  await refused({ "a.json": '{"a": "1"' }, /ends in the middle/);
  await refused(
    { "a.ndjson": '{"key":"a","value":"1"}\n{"key":"b"}' },
    /a\.ndjson, line 2: there is no field "value"/,
  );
  await refused(
    { "a.ndjson": '{"key":"a","value":"1"\n}' },
    /line 1: the line ends in the middle/,
  );
  await refused(
    { "a.ndjson": '{"key":"a","value":tru}' },
    /line 1: not valid JSON at column 23/,
  );
  await refused(
    { "a.csv": "k,value\na,1\n" },
    /names no field "key", but "k", "value"/,
  );
  await refused(
    { "a.csv": "key,value\na\n" },
    /a\.csv, line 2: it has 1 columns, and column 2 is needed/,
  );
  await refused({ "a.csv": 'key,value\n"a,1\n' }, /a\.csv: not valid CSV: /);
  await refused(
    { "a.db": "" },
    /a\.db: this is an empty file: it has no records/,
  );
  await refused(
    { "a.db": "what is this" },
    /a\.db: this is text of no format that is known: say -from$/,
  );
  await refused(
    { "a.csv": "<!doctype html>\n<title>404 Not Found</title>\n" },
    /a\.csv: this is a page of HTML: perhaps what was to be fetched was not/,
  );
  const gzip = new Uint8Array(gzipSync('{"a": "1"}')).slice(0, -9);
  await refused({ "a.json": gzip }, /damaged gzip data/);
  await refused({ "a.json": ZSTD.slice(0, -6) }, /damaged zstd data/);
  await refused(
    { "a.json": '{"a": "1", "a": "2"}' },
    /^key "a": is there more than once/,
    {
      duplicates: "error",
    },
  );
});

/** Keys with three values each: `k0` to `k3`. */
const REPEATED = Array.from(
  { length: 12 },
  (_, n): [string, string] => [`k${n % 4}`, `value ${10 + n}`],
);

/** Files in which keys come again, by the real engines where these are here. */
async function* repeated(
  directory: string,
): AsyncIterable<{ path: string; bucket?: string }> {
  for (const type of ["btree", "hash"]) {
    const path = `${directory}/${type}.db`;
    if (await loadWithLibdb(path, type, ["duplicates=1"], REPEATED)) {
      yield { path };
    }
  }
  if (await hasProgram("mdb_load")) {
    const path = `${directory}/data.mdb`;
    for (const flags of [["dupsort"], ["dupsort", "dupfixed"]]) {
      const bucket = flags.join();
      await load(path, bucket, flags, REPEATED);
      yield { path, bucket };
    }
  }
  const cdb = `${directory}/data.cdb`;
  const pairs = REPEATED.map(([key, value]): [Uint8Array, Uint8Array] => [
    toBytes(key),
    toBytes(value),
  ]);
  await Deno.writeFile(cdb, cdbFile(pairs, 4));
  yield { path: cdb };
  const sqlite = `${directory}/data.sqlite`;
  const database = new DatabaseSync(sqlite);
  database.exec("CREATE TABLE kv (key TEXT, value TEXT)");
  const insert = database.prepare("INSERT INTO kv VALUES (?, ?)");
  for (const pair of REPEATED) insert.run(...pair);
  database.exec("CREATE INDEX i ON kv (key)");
  database.close();
  yield { path: sqlite };
}

Deno.test("-duplicates holds for data files as for any input, and the rest is told", () =>
  inDirectory(async (directory) => {
    for await (const { path, bucket } of repeated(directory)) {
      const out = `${directory}/out.cdb`;
      const build = (duplicates?: "first" | "last" | "error") =>
        buildQuietly({
          inputs: [path],
          to: "cdb",
          out,
          open: { bucket },
          duplicates,
        });
      const cases = [
        ["first", 10, "whose key comes again (the first is kept)"],
        ["last", 18, "whose key comes again (the last is kept)"],
        [
          undefined,
          10,
          "whose key comes again (the first is kept, as a get has it)",
        ],
      ] as const;
      for (const [duplicates, first, why] of cases) {
        const { read, written, leftOut } = await build(duplicates);
        const kept = Array.from(
          { length: 4 },
          (_, n): [string, string] => [`k${n}`, `value ${first + n}`],
        );
        assertEquals(await readBack(out, "cdb"), new Map(kept), path);
        assertEquals([read, written], [12, 4], path);
        assertEquals([...leftOut], [[why, 8]], path);
      }
      await assertRejects(() => build("error"), BuildError, "more than once");
    }
  }));

Deno.test("rows without a key or a value are counted as left out", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.sqlite`;
    const database = new DatabaseSync(path);
    database.exec(`
      CREATE TABLE kv (key, value);
      INSERT INTO kv VALUES (5, 'int'), (1.5, 'real'), ('a', NULL), (NULL, 1);
    `);
    database.close();
    const out = `${directory}/out.cdb`;
    const { read, written, leftOut } = await buildQuietly({
      inputs: [path],
      to: "cdb",
      out,
    });
    assertEquals([read, written], [4, 2]);
    assertEquals([...leftOut], [["whose key or value is NULL", 2]]);
    assertEquals(
      await readBack(out, "cdb"),
      new Map([["1.5", "real"], ["5", "int"]]),
    );
  }));
