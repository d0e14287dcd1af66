/** Records with many fields: in JSON arrays, NDJSON and CSV. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { BuildError } from "../../src/build/error.ts";
import type { Fields } from "../../src/build/input/fields.ts";
import { readJsonArray } from "../../src/build/input/json_array.ts";
import { JsonError } from "../../src/storage/json/steps.ts";
import { inPieces } from "../compression/bytes.ts";
import { run } from "../e2e/program.ts";
import { fixturePath } from "../fixtures.ts";
import { inDirectory } from "../temporary.ts";
import { buildQuietly, readBack } from "./building.ts";

const utf8 = new TextEncoder();

/** The records of an array, with whatever pieces it comes in. */
async function recordsOf(
  text: string,
  fields: Fields,
  size = 1 << 20,
): Promise<[string, string][]> {
  const records: [string, string][] = [];
  const decoder = new TextDecoder();
  let namespace = "";
  await readJsonArray("in", inPieces(utf8.encode(text), size), fields, {
    begin: (bytes) => namespace = `${decoder.decode(bytes)}:`,
    add: (key, keyStart, keyEnd, value, valueStart, valueEnd) => {
      records.push([
        namespace + decoder.decode(key.subarray(keyStart, keyEnd)),
        decoder.decode(value.subarray(valueStart, valueEnd)),
      ]);
    },
  });
  return records;
}

/** Builds a cdb of one input, and reads it back. */
async function built(
  name: string,
  content: string | Uint8Array<ArrayBuffer>,
  fields: Fields,
): Promise<Record<string, string>> {
  let found: Record<string, string> = {};
  await inDirectory(async (directory) => {
    const input = `${directory}/${name}`, out = `${directory}/out.cdb`;
    const bytes = typeof content === "string" ? utf8.encode(content) : content;
    await Deno.writeFile(input, bytes);
    await buildQuietly({ inputs: [input], to: "cdb", out, fields });
    found = Object.fromEntries(await readBack(out, "cdb"));
  });
  return found;
}

Deno.test("an array that json_agg or jq has written is read in any pieces", async () => {
  const text = await Deno.readTextFile(fixturePath("json/records.json"));
  const parsed: { key: string; value: unknown }[] = JSON.parse(text);
  for (const size of [1, 3, 17, 1 << 20]) {
    const records = await recordsOf(text, { key: "key" }, size);
    assertEquals(records.map(([key]) => key), parsed.map(({ key }) => key));
    for (const [n, [, value]] of records.entries()) {
      const expected = parsed[n].value;
      assertEquals(
        typeof expected === "string" ? value : JSON.parse(value),
        expected,
      );
    }
  }
});

Deno.test("the key can be within another member, as mongoexport has it", async () => {
  const text = '[{"_id":{"$oid":"65a1","x":{"y":1}},"n":1},\n' +
    '{"n":2,"_id":{"x":{"y":2},"$oid":"65a2"}}]\n';
  assertEquals(await recordsOf(text, { key: "_id.$oid", value: "n" }), [
    ["65a1", "1"],
    ["65a2", "2"],
  ]);
  assertEquals(
    await recordsOf(text, { key: "_id.$oid", value: "_id.x.y" }),
    [["65a1", "1"], ["65a2", "2"]],
  );
  // A member of that very name counts before a path.
  for (
    const text of [
      '[{"a.b":"whole","a":{"b":"path"},"value":"v"}]',
      '[{"a":{"b":"path"},"a.b":"whole","value":"v"}]',
    ]
  ) assertEquals(await recordsOf(text, { key: "a.b" }), [["whole", "v"]]);
});

Deno.test("without a field for it, the whole record is the value", async () => {
  const one = '{"id":"a","n":[1,{"value":2}]}', two = '{ "id":"b" , "x":null }';
  assertEquals(await recordsOf(`[${one},${two}]`, { key: "id" }), [
    ["a", one],
    ["b", two],
  ]);
  assertEquals(await built("a.ndjson", `${one}\n${two}\n`, { key: "id" }), {
    a: one,
    b: two,
  });
  assertEquals(
    await built("a.csv", 'id,"na ""me""",x\na,1,"2,3"\nb,,\n', { key: "id" }),
    {
      a: '{"id":"a","na \\"me\\"":"1","x":"2,3"}',
      b: '{"id":"b","na \\"me\\"":"","x":""}',
    },
  );
  assertEquals(await built("a.csv", "a,1\nb,2\n", { key: "1" }), {
    a: '["a","1"]',
    b: '["b","2"]',
  });
  // Where the first record has the field, all must.
  assertEquals(
    await recordsOf('[{"key":"a","value":"1"}]', { key: "key" }),
    [["a", "1"]],
  );
  await assertRejects(
    () => recordsOf('[{"key":"a","value":"1"},{"key":"b"}]', { key: "key" }),
    BuildError,
    'in, element 2: there is no field "value"; say -key-field and -value-field',
  );
  await assertRejects(
    () =>
      built("a.csv", Uint8Array.of(...utf8.encode("id,x\na,"), 0xff, 0x0a), {
        key: "id",
      }),
    BuildError,
    "line 2: it is not UTF-8, as JSON of the whole record must be",
  );
});

Deno.test("records of an array can be in namespaces", async () => {
  const text =
    '[{"t":"x","key":"a","value":"1"},{"t":"y","key":"a","value":"2"}]';
  assertEquals(await recordsOf(text, { key: "key", namespace: "t" }), [
    ["x:a", "1"],
    ["y:a", "2"],
  ]);
});

Deno.test("an empty array has no records", async () => {
  for (const text of ["[]", " [ ] \n", "\ufeff[\n]"]) {
    assertEquals(await recordsOf(text, { key: "key" }), []);
  }
});

Deno.test("what is wrong in an array is told with its place", async () => {
  const cases: [string, number, string][] = [
    ['[{"key":"a"', 11, "the text ends in the middle"],
    ["[", 1, "the text ends in the middle"],
    ['[{"key":"a"} {"key":"b"}]', 13, "expected ',' or ']', found '{'"],
    ['[{"key":"a"},]', 13, "expected an object, '{', found ']'"],
    ["[1]", 1, "expected an object, '{', found '1'"],
    ['[{"key":"a"}] x', 14, "text behind the array, found 'x'"],
    ['[{"key":tru}]', 11, ""],
  ];
  for (const [text, offset, problem] of cases) {
    for (const size of [1, 1000]) {
      const error = await assertRejects(
        () => recordsOf(text, { key: "key" }, size),
        JsonError,
      );
      if (problem !== "") {
        assertEquals([error.offset, error.problem], [offset, problem], text);
      }
    }
  }
  await assertRejects(
    () => recordsOf('[{"id":"a"}]', { key: "key" }),
    BuildError,
    'in, element 1: there is no field "key"',
  );
});

Deno.test("an array of any length takes no more memory than its records", async () => {
  const record = `{"key":"k","filler":"${"x".repeat(1000)}"},`;
  const piece = utf8.encode(record.repeat(1000)); // 1 MB
  const text = async function* () {
    yield utf8.encode("[");
    for (let n = 0; n < 300; n++) yield await Promise.resolve(piece);
    yield utf8.encode('{"key":"last"}]');
  };
  let count = 0;
  const before = Deno.memoryUsage().rss;
  await readJsonArray("in", text(), { key: "key" }, {
    begin: () => {},
    add: () => count++,
  });
  assertEquals(count, 300_001);
  const grown = (Deno.memoryUsage().rss - before) / 2 ** 20;
  assert(grown < 150, `${grown} MB for 300 MB`);
});

Deno.test("an array that sqlite3 -json has written is built, and told by the others", async (t) => {
  const made = await new Deno.Command("sqlite3", {
    args: [
      "-json",
      ":memory:",
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 500) " +
      "SELECT 'k'||i AS id, i AS n, 'wert ü '||i AS text FROM n",
    ],
  }).output().catch(() => undefined);
  if (made === undefined) {
    return console.log("skipped: sqlite3 is not installed");
  }
  await inDirectory(async (directory) => {
    const input = `${directory}/rows.json`, out = `${directory}/out.cdb`;
    await Deno.writeFile(input, made.stdout);
    await t.step("build", async () => {
      const { code, stderr } = await run(
        ...["build", "-to", "cdb", "-out", out, "-key-field", "id", input],
      );
      assertEquals([code, stderr], [0, ""]);
      const found = await readBack(out, "cdb");
      assertEquals(found.size, 500);
      const { stdout } = await run("get", out, "k7");
      assertEquals(JSON.parse(stdout), { id: "k7", n: 7, text: "wert ü 7" });
    });
    await t.step("inspect", async () => {
      assertEquals(
        (await run("inspect", input)).stderr,
        `goromdb: ${input}: this is a JSON array: goromdb build -to cdb -out data.cdb FILE\n`,
      );
    });
  });
});
