import { assert, assertEquals, assertThrows } from "@std/assert";
import { openBolt } from "../../../src/storage/boltdb/boltdb.ts";
import {
  DataFileError,
  isNamespaced,
  type OpenOptions,
} from "../../../src/storage/storage.ts";
import {
  assertRecords,
  assertValue,
  bytes,
  expectedRecords,
  type Fixture,
  fixturePath,
  fixturesOf,
  get,
} from "../../fixtures.ts";

function open(file: string, options: OpenOptions) {
  const path = fixturePath(file);
  return openBolt(Deno.readFileSync(path), path, options);
}

/** A key of a namespace, as one buffer with other bytes between the two. */
function getIn(file: Fixture, ns: Uint8Array, key: Uint8Array) {
  const snapshot = open(file.file, file.options);
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
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
    new Uint8Array([...ns, 0x3a, ...key]),
  );
}

for (const fixture of fixturesOf("boltdb")) {
  const { file, options, valid, why } = fixture;
  const name = `${file} ${JSON.stringify(options)}: ${why}`;
  if (!valid) {
    Deno.test(`refuses ${name}`, () => {
      const error = assertThrows(() => open(file, options), DataFileError);
      assertEquals((error as DataFileError).path, fixturePath(file));
    });
  } else if (options.namespaced) {
    Deno.test(`reads ${name}`, () => {
      const records = expectedRecords(fixture);
      for (const record of records) {
        assertValue(getIn(fixture, bytes(record.ns!), bytes(record.k)), record);
      }
      for (const { ns, k } of fixture.missing_ns ?? []) {
        assertEquals(getIn(fixture, bytes(ns), bytes(k)), undefined);
      }
      const snapshot = open(file, options);
      const entries = [...snapshot.entries()].map(({ namespace, key }) =>
        `${namespace?.toBase64()} ${key.toBase64()}`
      );
      assertEquals(
        entries.sort(),
        records.map(({ ns, k }) => `${ns} ${k}`).sort(),
      );
      assertEquals(snapshot.count(), records.length);
      assertEquals([...snapshot.check()], []);
    });
  } else {
    Deno.test(`reads ${name}`, () => {
      const snapshot = open(file, options);
      assertRecords(snapshot, fixture);
      assertEquals([...snapshot.check()], []);
      const keys = [...snapshot.entries()].map(({ key }) => key.toHex());
      assertEquals(keys, keys.toSorted());
    });
  }
}

Deno.test("without a name the bucket is called default, as in the original", () => {
  assertThrows(
    () => open("bolt/bolt-buckets.db", {}),
    DataFileError,
    'there is no bucket "default"; with -bucket choose one of ',
  );
});

Deno.test("a nested bucket is served under its path, and is a namespace", () => {
  const nested = open("bolt/bolt-nested.db", { namespaced: true });
  const names = new Set(
    [...nested.entries()].map(({ namespace }) =>
      new TextDecoder().decode(namespace)
    ),
  );
  const inner = [...names].find((name) => name.includes("/"));
  assert(inner !== undefined, [...names].join());
  const expected = [...nested.entries()]
    .filter(({ namespace }) => new TextDecoder().decode(namespace) === inner)
    .map(({ key, value }) => [key.toBase64(), value.toBase64()]);
  const bucket = open("bolt/bolt-nested.db", { bucket: inner });
  assertEquals(
    [...bucket.entries()].map(({ key, value }) => [
      key.toBase64(),
      value.toBase64(),
    ]),
    expected,
  );
  assert(isNamespaced(nested));
});

Deno.test("damage is told with its page", () => {
  const path = fixturePath("bolt/bolt-many.db");
  const sound = Deno.readFileSync(path);
  const pageSize = 4096;
  const leaf = findLeaf(sound, pageSize);
  const cases: [number, number, RegExp][] = [
    [leaf * pageSize + 8, 0x20, /page \d+ is neither branch nor leaf/],
    [leaf * pageSize + 10, 0xff, /page \d+ has no room for \d+ elements/],
    [leaf * pageSize, 0x77, /page \d+ says that it is page/],
    [leaf * pageSize + 13, 0xff, /page \d+ overflows the pages in use/],
    [leaf * pageSize + 16 + 6, 0xff, /element 0 of page \d+ reaches beyond/],
  ];
  for (const [at, byte, problem] of cases) {
    const damaged = sound.slice();
    damaged[at] = byte;
    if (/no room/.test(problem.source)) damaged[at + 1] = byte;
    const error = assertThrows(() => {
      const snapshot = openBolt(damaged, path, { bucket: "goromdb" });
      for (const _ of snapshot.entries());
    }, DataFileError) as DataFileError;
    assert(problem.test(error.message), error.message);
    const faults = [...openBolt(damaged, path, { bucket: "goromdb" }).check()];
    assert(faults.length > 0, problem.source);
  }
});

Deno.test("a key out of order is a fault, and no miss elsewhere", () => {
  const path = fixturePath("bolt/bolt-small.db");
  const damaged = Deno.readFileSync(path);
  const text = new TextDecoder("latin1").decode(damaged);
  for (let at = text.indexOf("hogehoge!"); at !== -1;) {
    damaged[at] = 1; // "hoge" becomes a key that belongs first
    at = text.indexOf("hogehoge!", at + 1);
  }
  const faults = [...openBolt(damaged, path, { bucket: "goromdb" }).check()];
  assert(faults.some(({ problem }) => /out of order/.test(problem)));
});

/** A leaf page that holds keys, not the names of buckets. */
function findLeaf(file: Uint8Array, pageSize: number): number {
  for (let page = file.length / pageSize - 1; page >= 2; page--) {
    const at = page * pageSize;
    const isLeaf = file[at + 8] === 2 && file[at] === page;
    if (isLeaf && file[at + 10] > 10 && file[at + 16] === 0) {
      const reached = [
        ...openBolt(
          file,
          "",
          { bucket: "goromdb" },
        ).entries(),
      ].some(({ key }) =>
        key.byteOffset >= at && key.byteOffset < at + pageSize
      );
      if (reached) return page;
    }
  }
  throw new Error("no leaf page");
}
