import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  DataFileError,
  isNamespaced,
  type NamespacedSnapshot,
  type OpenOptions,
  type Snapshot,
} from "../../../src/storage/storage.ts";
import { isLmdb, lmdbFile, openLmdb } from "../../../src/storage/lmdb/lmdb.ts";
import {
  assertRecords,
  assertValue,
  bytes,
  expectedRecords,
  fixturePath,
  fixturesOf,
  get,
} from "../../fixtures.ts";
import { run } from "../../e2e/program.ts";
import { filesBelow, inDirectory } from "../../temporary.ts";
import { hasProgram, load } from "./mdb_load.ts";

const utf8 = new TextEncoder();

async function open(
  file: string,
  options: OpenOptions = {},
): Promise<Snapshot> {
  const path = await lmdbFile(fixturePath(file));
  return openLmdb(await Deno.readFile(path), path, options);
}

async function openNamespaced(file: string): Promise<NamespacedSnapshot> {
  const snapshot = await open(file, { namespaced: true });
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
  return snapshot;
}

/** A copy of the value of a key in a namespace, or `undefined`. */
function getIn(
  snapshot: NamespacedSnapshot,
  namespace: string,
  key: Uint8Array,
): Uint8Array | undefined {
  const name = utf8.encode(namespace);
  const joined = new Uint8Array([...name, ...key]);
  return get(
    (bytes, start, end, value) => {
      const border = start + name.length;
      return snapshot.findIn(bytes, start, border, border, end, value);
    },
    joined,
  );
}

/** The keys in the order they are met. */
function keysOf(snapshot: Snapshot): Uint8Array[] {
  return Array.from(snapshot.entries(), ({ key }) => key.slice());
}

function compare(a: Uint8Array, b: Uint8Array): number {
  const at = a.findIndex((byte, i) => byte !== b[i]);
  return at < 0 ? a.length - b.length : b.length <= at ? 1 : a[at] - b[at];
}

const fixtures = fixturesOf("lmdb");

for (const fixture of fixtures) {
  const { file, options, valid, detect, why } = fixture;
  const name = `${file} ${options.database ?? ""}: ${why}`;
  if (valid) {
    Deno.test(`reads ${name}`, async () => {
      const snapshot = await open(file, { bucket: options.database });
      assertRecords(snapshot, fixture);
      assertEquals([...snapshot.check()], []);
    });
  } else if (detect === "load") {
    Deno.test(`refuses ${name}`, async () => {
      const path = fixturePath(file);
      const bytes = await Deno.readFile(path);
      const error = assertThrows(
        () => openLmdb(bytes, path, { bucket: options.database }),
        DataFileError,
      );
      assertEquals(error.path, path);
    });
  } else {
    Deno.test(`gives no wrong value from ${name}`, async () => {
      const path = fixturePath(file);
      const data = await Deno.readFile(path);
      let snapshot: Snapshot;
      try {
        snapshot = openLmdb(data, path, { bucket: options.database });
      } catch (error) {
        assert(error instanceof DataFileError);
        return;
      }
      for (const record of expectedRecords(fixture)) {
        try {
          assertValue(
            get(snapshot.find.bind(snapshot), bytes(record.k)),
            record,
          );
        } catch (error) {
          assert(error instanceof DataFileError);
        }
      }
    });
  }
}

Deno.test("keys come in the order of their bytes", async () => {
  for (const file of ["lmdb/many.mdb", "lmdb/v2-page512.mdb"]) {
    const keys = keysOf(await open(file));
    assertEquals(keys, keys.toSorted(compare));
  }
});

Deno.test("keys come in the database's own order", async () => {
  const ends = keysOf(await open("lmdb/named.mdb", { bucket: "ends" }));
  const backwards = (key: Uint8Array) => key.toReversed();
  assertEquals(
    ends,
    ends.toSorted((a, b) => compare(backwards(a), backwards(b))),
  );
  const numbers = keysOf(await open("lmdb/named.mdb", { bucket: "numbers" }))
    .map((key) => new DataView(key.buffer).getBigUint64(0, true));
  assertEquals(numbers, numbers.toSorted((a, b) => a < b ? -1 : 1));
  assertEquals(numbers.length, 11);
});

Deno.test("a key of another size is not among integer keys", async () => {
  const snapshot = await open("lmdb/named.mdb", { bucket: "numbers" });
  for (const size of [0, 1, 4, 7, 9, 16]) {
    const key = new Uint8Array(size);
    assertEquals(get(snapshot.find.bind(snapshot), key), undefined);
  }
});

for (const file of ["lmdb/named.mdb", "lmdb/v2-named.mdb"]) {
  Deno.test(`each named database of ${file} is a namespace`, async () => {
    const snapshot = await openNamespaced(file);
    const expected = new Map<string, string[]>();
    for (const fixture of fixtures) {
      const { database } = fixture.options;
      if (fixture.file !== file || !fixture.valid || !database) continue;
      const records = expectedRecords(fixture);
      for (const record of records) {
        assertValue(getIn(snapshot, database, bytes(record.k)), record);
      }
      for (const key of fixture.missing) {
        assertEquals(getIn(snapshot, database, bytes(key)), undefined);
      }
      if (records.length > 0) {
        expected.set(database, records.map(({ k }) => k).sort());
      }
    }
    const met = Map.groupBy(
      snapshot.entries(),
      ({ namespace }) => new TextDecoder().decode(namespace),
    );
    assertEquals(
      new Map([...met].map(([name, entries]) => [
        name,
        entries.map(({ key }) => key.toBase64()).sort(),
      ])),
      expected,
    );
    assertEquals([...met.keys()], [...met.keys()].sort());
    assertEquals(
      snapshot.count(),
      [...expected.values()].reduce((sum, keys) => sum + keys.length, 0),
    );
    assertEquals([...snapshot.check()], []);
  });

  Deno.test(`what is no named database of ${file} is no namespace`, async () => {
    const snapshot = await openNamespaced(file);
    const key = utf8.encode("hoge");
    assert(getIn(snapshot, "small", key) !== undefined);
    for (
      const name of [
        "",
        "smal",
        "small\0",
        "nosuch",
        "plain",
        "x".repeat(2000),
        "x".repeat(70_000),
      ]
    ) assertEquals(getIn(snapshot, name, key), undefined);
    assertEquals(get(snapshot.find.bind(snapshot), key), undefined);
  });
}

Deno.test("a named database and namespaces exclude each other", async () => {
  const path = fixturePath("lmdb/named.mdb");
  const data = await Deno.readFile(path);
  assertThrows(
    () => openLmdb(data, path, { namespaced: true, bucket: "small" }),
    DataFileError,
    "leave out",
  );
});

Deno.test("the name of a database is not a key of the main one", async () => {
  for (
    const [file, key] of [
      ["lmdb/named.mdb", "small"],
      ["lmdb/v2-named.mdb", "small\0"],
    ]
  ) {
    const snapshot = await open(file);
    const value = get(snapshot.find.bind(snapshot), utf8.encode(key));
    assertEquals(value, undefined);
  }
});

Deno.test("a directory stands for its data.mdb", async () => {
  const directory = fixturePath("lmdb/small");
  assertEquals(await lmdbFile(directory), `${directory}/data.mdb`);
  const file = fixturePath("lmdb/small.mdb");
  assertEquals(await lmdbFile(file), file);
});

Deno.test("LMDB files are told from others by their first bytes", async () => {
  for (const { file } of fixtures) {
    const path = await lmdbFile(fixturePath(file));
    const head = (await Deno.readFile(path)).subarray(0, 512);
    assertEquals(isLmdb(head), file.startsWith("lmdb/"), file);
  }
  assert(!isLmdb(new Uint8Array(0)));
  assert(!isLmdb(utf8.encode('{"hoge": "hoge!"}')));
});

Deno.test("a file of named databases alone is not taken for an empty one", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.mdb`;
    if (!await hasProgram("mdb_load")) {
      return console.log("skipped: mdb_load (lmdb-utils) is not installed");
    }
    const names = Array.from({ length: 23 }, (_, n) => `base${10 + n}`);
    for (const name of names) await load(path, name, [], [["a", name]]);
    const listed = names.slice(0, 20).map((name) => `"${name}"`).join(", ");
    const problem =
      `its records are in named databases: choose one of them with -bucket NAME: ${listed} and 3 more`;
    const bytes = await Deno.readFile(path);
    for (const scan of [false, true]) {
      const error = assertThrows(
        () => openLmdb(bytes, path, { scan }),
        DataFileError,
      );
      assertEquals(error.problem, problem);
    }
    const error = assertThrows(
      () => openLmdb(bytes, path, { bucket: "base99" }),
      DataFileError,
    );
    assertEquals(
      error.problem,
      `there is no named database "base99" in it; there are: ${listed} and 3 more`,
    );
    const { code, stderr } = await run(
      ...["build", "-to", "cdb", "-out", `${directory}/out.cdb`, path],
    );
    assertEquals(code, 1);
    assertEquals(
      stderr,
      `goromdb: ${path}: ${problem.replace("-bucket", "-from-bucket")}\n`,
    );
    assertEquals(await filesBelow(directory), ["data.mdb", "data.mdb-lock"]);
    const namespaced = openLmdb(bytes, path, { namespaced: true });
    assertEquals(namespaced.count(), 23);
  }));
