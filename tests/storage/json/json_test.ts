import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  DataFileError,
  isNamespaced,
  type OpenOptions,
  type Snapshot,
} from "../../../src/storage/storage.ts";
import { JsonStorage } from "../../../src/storage/json/json.ts";
import {
  assertRecords,
  assertValue,
  bytes,
  expectedRecords,
  fixturePath,
  fixturesOf,
  get,
} from "../../fixtures.ts";

const storage = new JsonStorage();
const utf8 = new TextEncoder();

async function openFile(
  path: string,
  options: OpenOptions = {},
): Promise<Snapshot> {
  return storage.attach(await storage.open(path, options));
}

async function openText(
  text: string | Uint8Array<ArrayBuffer>,
  options: OpenOptions = {},
): Promise<Snapshot> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  try {
    await (typeof text === "string"
      ? Deno.writeTextFile(path, text)
      : Deno.writeFile(path, text));
    return await openFile(path, options);
  } finally {
    await Deno.remove(path);
  }
}

/** The problem that opening a text is refused with. */
async function problemOf(
  text: string | Uint8Array<ArrayBuffer>,
  options: OpenOptions = {},
): Promise<string> {
  const error = await assertRejects(
    () => openText(text, options),
    DataFileError,
  );
  return error.problem;
}

function lookUp(snapshot: Snapshot, key: string): string | undefined {
  const value = get(snapshot.find.bind(snapshot), utf8.encode(key));
  return value && new TextDecoder().decode(value);
}

for (const fixture of fixturesOf("json")) {
  const { file, options, valid, why } = fixture;
  const name = `${file} ${JSON.stringify(options)}: ${why}`;
  if (!valid) {
    Deno.test(`refuses ${name}`, async () => {
      const path = fixturePath(file);
      const error = await assertRejects(
        () => openFile(path, options),
        DataFileError,
      );
      assertEquals(error.path, path);
    });
  } else if (options.namespaced) {
    Deno.test(`reads ${name}`, async () => {
      const snapshot = await openFile(fixturePath(file), options);
      if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
      const records = expectedRecords(fixture);
      const find = (ns: Uint8Array, key: Uint8Array) => {
        const joined = new Uint8Array([...ns, 0x3a, ...key]);
        return get(
          (bytes, start, end, value) =>
            snapshot.findIn(
              bytes,
              start,
              start + ns.length,
              start + ns.length + 1,
              end,
              value,
            ),
          joined,
        );
      };
      for (const record of records) {
        assertValue(find(bytes(record.ns!), bytes(record.k)), record);
      }
      for (const { ns, k } of fixture.missing_ns ?? []) {
        assertEquals(find(bytes(ns), bytes(k)), undefined);
      }
      assertEquals(snapshot.count(), records.length);
      assertEquals([...snapshot.entries()].length, records.length);
    });
  } else {
    Deno.test(`reads ${name}`, async () => {
      assertRecords(await openFile(fixturePath(file), options), fixture);
    });
  }
}

Deno.test("a syntax error is told with its line and its column", async () => {
  assertEquals(
    await problemOf('{\n  "a": "é",\n  "ü": x\n}'),
    "not valid JSON at line 3, column 8: expected a value, found 'x'",
  );
});

Deno.test("every kind of damage is told in its own words", async () => {
  const cases: [string, RegExp][] = [
    ["", /the file is empty/],
    ["  \n ", /the text ends in the middle/],
    ["[]", /expected an object/],
    ["{", /the text ends in the middle/],
    ['{"a"}', /expected ':' behind the key, found '}'/],
    ['{"a":1,}', /expected a key in quotes, found '}'/],
    ['{"a":1 "b":2}', /expected ',' or '}', found '"'/],
    ["{a:1}", /expected a key in quotes, found 'a'/],
    ['{"a":1}x', /text behind the object, found 'x'/],
    ['{"a":01}', /expected ',' or '}', found '1'/],
    ['{"a":-}', /expected a digit, found '}'/],
    ['{"a":1.}', /expected a digit, found '}'/],
    ['{"a":1e}', /expected a digit, found '}'/],
    ['{"a":tru}', /expected 'true', found '}'/],
    ['{"a":"\\x"}', /unknown escape sequence/],
    ['{"a":"\\u12g4"}', /four hexadecimal digits, found 'g'/],
    ['{"a":"\n"}', /control character.*0x0a/],
    ['{"a":[1 2]}', /expected ',' or '\]', found '2'/],
    ['{"a":[1}', /expected ',' or '\]', found '}'/],
    ['{"a":{"b":}}', /expected a value, found '}'/],
    ['{"a":' + "[".repeat(10_002), /nested deeper than 10000/],
  ];
  for (const [text, problem] of cases) {
    const actual = await problemOf(text);
    assert(problem.test(actual), `${text.slice(0, 40)}: ${actual}`);
  }
});

Deno.test("bytes that are not UTF-8 are refused", async () => {
  // Overlong forms, surrogates, beyond U+10FFFF, and cut sequences: RFC 3629.
  const wrong = ["80", "c080", "c1bf", "e08080", "eda080", "f0808080"];
  wrong.push("f4908080", "f5808080", "ff", "c3", "e282", "f09f98");
  for (const hex of wrong) {
    const sequence = hex.match(/../g)!.map((digits) => parseInt(digits, 16));
    const text = new Uint8Array([
      ...utf8.encode('{"a":"'),
      ...sequence,
      ...utf8.encode('"}'),
    ]);
    assert(/not UTF-8/.test(await problemOf(text)), hex);
  }
});

Deno.test("half a surrogate pair becomes U+FFFD", async () => {
  const snapshot = await openText(
    '{"a":"\\ud83d","b":"\\ude00x","c":"\\ud83d\\u0041","d":"\\ud83d\\ud83d\\ude00"}',
  );
  assertEquals(lookUp(snapshot, "a"), "\ufffd");
  assertEquals(lookUp(snapshot, "b"), "\ufffdx");
  assertEquals(lookUp(snapshot, "c"), "\ufffdA");
  assertEquals(lookUp(snapshot, "d"), "\ufffd😀");
});

Deno.test("a byte order mark is skipped", async () => {
  assertEquals(lookUp(await openText('\ufeff{"a":"1"}'), "a"), "1");
});

Deno.test("a value that is not a string is served as its JSON text", async () => {
  const snapshot = await openText(
    '{"a": {"b" : [1, "x}", null]} , "c":-0.5e+3,"d":  true}',
  );
  assertEquals(lookUp(snapshot, "a"), '{"b" : [1, "x}", null]}');
  assertEquals(lookUp(snapshot, "c"), "-0.5e+3");
  assertEquals(lookUp(snapshot, "d"), "true");
});

Deno.test("the last of equal namespaces wins, as the last of equal keys", async () => {
  const snapshot = await openText(
    '{"n":{"a":"1","b":"1"},"m":{"a":"2"},"n":{"a":"3"}}',
    { namespaced: true },
  );
  const entries = [...snapshot.entries()].map(({ namespace, key, value }) =>
    [namespace!, key, value].map((part) => new TextDecoder().decode(part))
      .join()
  );
  assertEquals(entries.sort(), ["m,a,2", "n,a,3"]);
  assertEquals(snapshot.count(), 2);
});

Deno.test("a namespace that is not an object is refused", async () => {
  assertEquals(
    await problemOf('{"ns": "text"}', { namespaced: true }),
    "not valid JSON at line 1, column 8: expected a namespace, '{', behind its name, found '\"'",
  );
});

Deno.test("random documents are read as JSON.parse reads them", async () => {
  let state = 20260101;
  const random = (below: number) => {
    state = Math.imul(state, 1103515245) + 12345 >>> 0;
    return (state >>> 8) % below;
  };
  const alphabet = [
    "a",
    "é",
    "日",
    "😀",
    '"',
    "\\",
    "\n",
    "\u0000",
    "/",
    "\ud800",
  ];
  const string = () =>
    Array.from({ length: random(12) }, () => alphabet[random(10)]).join("");
  for (let round = 0; round < 60; round++) {
    const members = Array.from(
      { length: random(200) },
      () => [string(), string()],
    );
    const text = "{" + members.map(([key, value]) =>
      JSON.stringify(key) + " ".repeat(random(3)) + ":" + JSON.stringify(value)
    ).join(",\n") + "}";
    const snapshot = await openText(text);
    const expected: Record<string, string> = JSON.parse(text);
    for (const [key, value] of Object.entries(expected)) {
      assertEquals(lookUp(snapshot, key), value.toWellFormed());
    }
    const keys = new Set(
      Object.keys(expected).map((key) =>
        key.toWellFormed()
      ),
    );
    assertEquals(snapshot.count(), keys.size);
  }
});

Deno.test("members of any length are read across the pieces of a file", async () => {
  const expected: Record<string, string> = {};
  // Longer than a piece (1 MiB), and around its border.
  for (
    const length of [0, 1, 1_048_560, 1_048_576, 3_000_000, 127, 128, 16_384]
  ) {
    expected[`length ${length}`] = "x".repeat(length) + '"\\é';
  }
  for (
    const text of [JSON.stringify(expected), JSON.stringify(expected, null, 2)]
  ) {
    const snapshot = await openText(text);
    for (const [key, value] of Object.entries(expected)) {
      assertEquals(lookUp(snapshot, key) === value, true, key);
    }
  }
});

Deno.test("a gzip'd file of several members is read whole", async () => {
  const gzip = async (text: string) =>
    new Uint8Array(
      await new Response(
        new Blob([text]).stream().pipeThrough(new CompressionStream("gzip")),
      ).arrayBuffer(),
    );
  const file = new Uint8Array([
    ...await gzip('{"a":"1"'),
    ...await gzip(',"b":"2"}'),
  ]);
  const snapshot = await openText(file);
  assertEquals(lookUp(snapshot, "b"), "2");
});

Deno.test("a gzip'd file with a wrong checksum is refused", async () => {
  const file = await Deno.readFile(fixturePath("json/flat.json.gz"));
  file[file.length - 6] ^= 1;
  assert(/damaged gzip data/.test(await problemOf(file)));
});
