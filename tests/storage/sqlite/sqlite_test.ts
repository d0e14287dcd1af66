import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  DataFileError,
  type Fault,
  isNamespaced,
  type NamespacedSnapshot,
  type OpenOptions,
  type SharedData,
  type Snapshot,
  Value,
} from "../../../src/storage/storage.ts";
import {
  isSqlite,
  openSqlite,
  SqliteStorage,
} from "../../../src/storage/sqlite/sqlite.ts";
import {
  assertRecords,
  type Fixture,
  fixturePath,
  fixturesOf,
  get,
} from "../../fixtures.ts";

const storage = new SqliteStorage();
const utf8 = new TextEncoder();
const text = new TextDecoder("utf-8", { ignoreBOM: true });

/** A file that SQLite makes of some SQL, until the end of the block. */
class TestFile implements Disposable {
  readonly #directory = Deno.makeTempDirSync();
  readonly path = `${this.#directory}/test.sqlite`;

  constructor(sql: string) {
    this.run(sql);
  }

  run(sql: string): void {
    const database = new DatabaseSync(this.path);
    database.exec(sql);
    database.close();
  }

  /** What lies in the directory of the file. */
  get files(): string[] {
    return [...Deno.readDirSync(this.#directory)].map(({ name }) => name);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

async function attach(
  path: string,
  options: OpenOptions = {},
): Promise<Snapshot & Disposable> {
  const snapshot = storage.attach(await storage.open(path, options));
  return Object.assign(snapshot, { [Symbol.dispose]: () => snapshot.close!() });
}

function optionsOf({ options }: Fixture): OpenOptions {
  const { table, key, value } = options;
  return { table, keyColumn: key, valueColumn: value };
}

function lookUp(
  snapshot: Snapshot,
  key: string | number[],
): string | undefined {
  const bytes = typeof key === "string"
    ? utf8.encode(key)
    : new Uint8Array(key);
  const value = get(snapshot.find.bind(snapshot), bytes);
  return value && text.decode(value);
}

function entriesOf(snapshot: Snapshot): string[] {
  return [...snapshot.entries()].map(({ namespace, key, value }) =>
    [namespace, key, value].flatMap((part) => part ? [text.decode(part)] : [])
      .join("=")
  );
}

/** The problem that a file is refused with. */
async function problemOf(
  path: string,
  options: OpenOptions = {},
): Promise<string> {
  const error = await assertRejects(
    () => storage.open(path, options),
    DataFileError,
  );
  assertEquals(error.path, path);
  return error.problem;
}

for (const fixture of fixturesOf("sqlite")) {
  const { file, options, valid, why } = fixture;
  const name = `${file} ${JSON.stringify(options)}: ${why}`;
  if (!valid) {
    Deno.test(`refuses ${name}`, async () => {
      await problemOf(fixturePath(file), optionsOf(fixture));
    });
  } else if (file === "sqlite/noindex.sqlite") {
    // The manifest holds it for valid, because SQLite reads it. We do not serve
    // a file that takes a walk through the whole table for each key.
    Deno.test(`refuses ${name}`, async () => {
      assertEquals(
        await problemOf(fixturePath(file)),
        'keys of "kv" are not looked up by an index; make one: ' +
          'CREATE INDEX "kv_key" ON "kv" ("key");',
      );
    });
  } else {
    Deno.test(`reads ${name}`, async () => {
      for (const memory of ["auto", "read"] as const) {
        const options = { ...optionsOf(fixture), memory };
        using snapshot = await attach(fixturePath(file), options);
        assertRecords(snapshot, fixture);
        assertEquals([...snapshot.check()], []);
      }
    });
  }
}

Deno.test("the line of SQL in the refusal mends the file", async () => {
  for (
    const [table, column] of [["kv", "key"], ['a "b" c', "the 'key'"], [
      "order",
      "key",
    ]]
  ) {
    const quoted = [table, column].map((name) => name.replaceAll('"', '""'));
    using file = new TestFile(
      `CREATE TABLE "${quoted[0]}" ("${quoted[1]}", value);
       INSERT INTO "${quoted[0]}" VALUES ('a', '1')`,
    );
    const options = { table, keyColumn: column };
    const problem = await problemOf(file.path, options);
    file.run(problem.slice(problem.indexOf("CREATE INDEX")));
    using snapshot = await attach(file.path, options);
    assertEquals(lookUp(snapshot, "a"), "1");
  }
});

Deno.test("an index that cannot be used does not count", async () => {
  for (
    const index of [
      "kv (value)",
      "kv (value, key)",
      "kv (key) WHERE value > 'a'",
      "kv (key COLLATE NOCASE)",
      "kv (lower(key))",
    ]
  ) {
    using file = new TestFile(
      `CREATE TABLE kv (key TEXT, value TEXT); CREATE INDEX i ON ${index}`,
    );
    assert((await problemOf(file.path)).includes("CREATE INDEX"), index);
  }
});

Deno.test("a wrong name is told with the names there are", async () => {
  using file = new TestFile(
    "CREATE TABLE a (key PRIMARY KEY, data); CREATE VIEW v AS SELECT 1",
  );
  assertEquals(
    await problemOf(file.path),
    'there is no table or view "kv"; there are: "a", "v"',
  );
  assertEquals(
    await problemOf(file.path, { table: "a" }),
    '"a" has no column "value"; it has: "key", "data"',
  );
  using empty = new TestFile("CREATE TABLE t (a); DROP TABLE t");
  assertEquals(
    await problemOf(empty.path),
    'there is no table or view "kv"; there are: none',
  );
});

Deno.test("names are never SQL", async () => {
  using file = new TestFile("CREATE TABLE kv (key PRIMARY KEY, value)");
  for (
    const evil of ['kv" --', "kv; DROP TABLE kv", "sqlite_schema", "\0", ""]
  ) {
    assert(
      /no table or view/.test(await problemOf(file.path, { table: evil })),
    );
    for (const option of ["keyColumn", "valueColumn"]) {
      const problem = await problemOf(file.path, { [option]: evil });
      assert(/has no column/.test(problem), problem);
    }
  }
});

Deno.test("names are found in upper and lower case, as in SQL", async () => {
  using file = new TestFile(
    "CREATE TABLE KV (Key PRIMARY KEY, Value); INSERT INTO kv VALUES ('a', 1)",
  );
  using snapshot = await attach(file.path);
  assertEquals(lookUp(snapshot, "a"), "1");
});

for (const encoding of ["UTF-8", "UTF-16le", "UTF-16be"]) {
  Deno.test(`text in ${encoding} comes as UTF-8, blobs as they are`, async () => {
    using file = new TestFile(`
      PRAGMA encoding = '${encoding}';
      CREATE TABLE kv (key PRIMARY KEY, value);
      INSERT INTO kv VALUES
        ('text', 'déjà 日本 😀'), ('blob', x'ff00fe'), ('empty', ''),
        ('nothing', x''), ('nul', 'a' || char(0) || 'b'), ('null', NULL),
        ('k' || char(0) || 'l', 'nul in the key'), ('', 'the empty key'),
        (char(0xfeff) || 'bom', char(0xfeff) || 'kept'), ('日本', 'key'),
        ('int', 42), ('real', 1.5), (x'6b', 'blob key'), (x'ff', 'not text'),
        (NULL, 'no key');
    `);
    using snapshot = await attach(file.path);
    const expected: [string | number[], string | undefined][] = [
      ["text", "déjà 日本 😀"],
      ["empty", ""],
      ["nothing", ""],
      ["nul", "a\0b"],
      ["null", undefined],
      ["k\0l", "nul in the key"],
      ["", "the empty key"],
      ["\ufeffbom", "\ufeffkept"],
      ["bom", undefined],
      ["日本", "key"],
      ["int", "42"],
      ["real", "1.5"],
      ["k", "blob key"],
      [[0xff], "not text"],
      [[0xfe], undefined],
      ["\ufffd", undefined],
      ["TEXT", undefined],
      ["te", undefined],
    ];
    for (const [key, value] of expected) {
      assertEquals(lookUp(snapshot, key), value, JSON.stringify(key));
    }
    const blob = get(snapshot.find.bind(snapshot), utf8.encode("blob"));
    assertEquals(blob, new Uint8Array([0xff, 0, 0xfe]));
    assertEquals(snapshot.count(), 13);
    const entries = [...snapshot.entries()];
    assertEquals(entries.length, 13);
    for (const { key, value } of entries) {
      assertEquals(get(snapshot.find.bind(snapshot), key), value);
    }
  });
}

Deno.test("text that is not UTF-8 is served byte by byte", async () => {
  using file = new TestFile(`
    CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT);
    INSERT INTO kv VALUES (CAST(x'c3' AS TEXT), CAST(x'80ff00' AS TEXT));
  `);
  using snapshot = await attach(file.path);
  const value = get(snapshot.find.bind(snapshot), new Uint8Array([0xc3]));
  assertEquals(value, new Uint8Array([0x80, 0xff, 0]));
  assertEquals(lookUp(snapshot, "\ufffd"), undefined);
  const [entry] = snapshot.entries();
  assertEquals([...entry.key, ...entry.value], [0xc3, 0x80, 0xff, 0]);
});

Deno.test("keys that are numbers are found by their text, and no other", async () => {
  using file = new TestFile(`
    CREATE TABLE kv (key INTEGER PRIMARY KEY, value);
    INSERT INTO kv VALUES (1, 'one'), (-20, 'minus twenty'),
      (9223372036854775807, 'most');
    CREATE TABLE reals (key REAL PRIMARY KEY, value);
    INSERT INTO reals VALUES (1.5, 'a'), (2, 'b');
  `);
  using integers = await attach(file.path);
  assertEquals(lookUp(integers, "1"), "one");
  assertEquals(lookUp(integers, "-20"), "minus twenty");
  assertEquals(lookUp(integers, "9223372036854775807"), "most");
  for (
    const other of ["01", "1.0", " 1", "1 ", "+1", "1e0", "0x1", "one", ""]
  ) {
    assertEquals(lookUp(integers, other), undefined, other);
  }
  assertEquals(entriesOf(integers), [
    "-20=minus twenty",
    "1=one",
    "9223372036854775807=most",
  ]);
  assertEquals(integers.count(), 3);
  using reals = await attach(file.path, { table: "reals" });
  assertEquals(lookUp(reals, "2.0"), "b");
  assertEquals(lookUp(reals, "2"), undefined);
  assertEquals(entriesOf(reals), ["1.5=a", "2.0=b"]);
});

Deno.test("a collation finds no key but the one that was asked for", async () => {
  using file = new TestFile(`
    CREATE TABLE kv (key TEXT COLLATE NOCASE, value);
    CREATE INDEX i ON kv (key);
    INSERT INTO kv VALUES ('a', 1), ('A', 2), ('a', 3), ('B', 4);
  `);
  using snapshot = await attach(file.path);
  assertEquals(lookUp(snapshot, "a"), "1");
  assertEquals(lookUp(snapshot, "A"), "2");
  assertEquals(lookUp(snapshot, "B"), "4");
  assertEquals(lookUp(snapshot, "b"), undefined);
  assertEquals(entriesOf(snapshot), ["A=2", "B=4", "a=1"]);
  assertEquals(snapshot.count(), 3);
});

Deno.test("of rows with equal keys the first with a value is found, and listed", async () => {
  using file = new TestFile(`
    CREATE TABLE kv (key, value);
    CREATE INDEX i ON kv (key);
    INSERT INTO kv VALUES ('a', NULL), ('b', 1), ('a', 2), ('b', 3), ('a', 4);
  `);
  using snapshot = await attach(file.path);
  assertEquals(lookUp(snapshot, "a"), "2");
  assertEquals(lookUp(snapshot, "b"), "1");
  assertEquals(entriesOf(snapshot), ["a=2", "b=1"]);
  assertEquals(snapshot.count(), 2);
});

Deno.test("entries() gives what a get finds, of text, blobs and numbers", async () => {
  using file = new TestFile(`
    CREATE TABLE kv (key, value);
    CREATE INDEX i ON kv (key);
    INSERT INTO kv VALUES (x'61', 'blob'), ('a', 'text'), (x'62', 'b'),
      (5, 'number'), ('5', 'five'), (6, 'six');
  `);
  using snapshot = await attach(file.path);
  assertEquals(lookUp(snapshot, "a"), "text");
  assertEquals(lookUp(snapshot, "5"), "five");
  // In a column without a type a number is not equal to its text in SQL.
  assertEquals(lookUp(snapshot, "6"), "six");
  assertEquals(entriesOf(snapshot), ["6=six", "5=five", "a=text", "b=b"]);
  assertEquals(snapshot.count(), 4);
});

Deno.test("a view is served when its keys are looked up by an index", async () => {
  using file = new TestFile(`
    CREATE TABLE a (id TEXT PRIMARY KEY, data);
    CREATE TABLE b (id TEXT PRIMARY KEY, data);
    CREATE TABLE c (id TEXT, data);
    CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    INSERT INTO a VALUES ('x', 1), ('y', 2);
    INSERT INTO b VALUES ('z', 3);
    INSERT INTO names VALUES (1, 'one'), (2, 'two');
    CREATE VIEW renamed AS SELECT id AS key, data AS value FROM a;
    CREATE VIEW both AS SELECT id AS key, data AS value FROM a
      UNION ALL SELECT id, data FROM b;
    CREATE VIEW joined AS SELECT a.id AS key, names.name AS value
      FROM a JOIN names ON names.id = a.data;
    CREATE VIEW grouped AS SELECT id AS key, max(data) AS value
      FROM a GROUP BY id;
    CREATE VIEW computed AS SELECT upper(id) AS key, data AS value FROM a;
    CREATE VIEW unindexed AS SELECT id AS key, data AS value FROM c;
    CREATE VIEW endless AS WITH RECURSIVE n(key) AS
      (SELECT 1 UNION ALL SELECT key + 1 FROM n) SELECT key, key AS value FROM n;
    CREATE VIEW constant AS SELECT 'k' AS key, 'v' AS value;
    CREATE VIEW broken AS SELECT key, value FROM nosuch;
  `);
  const views: [string, string[]][] = [
    ["renamed", ["x=1", "y=2"]],
    ["both", ["x=1", "y=2", "z=3"]],
    ["joined", ["x=one", "y=two"]],
    ["grouped", ["x=1", "y=2"]],
    ["constant", ["k=v"]],
  ];
  for (const [table, expected] of views) {
    using snapshot = await attach(file.path, { table });
    assertEquals(entriesOf(snapshot), expected, table);
    assertEquals(snapshot.count(), expected.length);
    for (const entry of expected) {
      const [key, value] = entry.split("=");
      assertEquals(lookUp(snapshot, key), value);
    }
    assertEquals(lookUp(snapshot, "nosuch"), undefined);
  }
  for (const table of ["computed", "unindexed", "endless"]) {
    const problem = await problemOf(file.path, { table });
    assert(
      problem.startsWith(
        `keys of the view "${table}" are not looked up by an index: `,
      ),
      problem,
    );
  }
  const problem = await problemOf(file.path, { table: "broken" });
  assert(/^SQLite: .*nosuch/.test(problem), problem);
});

Deno.test("each table with both columns is a namespace", async () => {
  using file = new TestFile(`
    CREATE TABLE users (key TEXT PRIMARY KEY, value);
    CREATE TABLE "with space" (key BLOB PRIMARY KEY, value) WITHOUT ROWID;
    CREATE TABLE 日本 (value, key INTEGER PRIMARY KEY);
    CREATE TABLE other (id TEXT PRIMARY KEY, value);
    CREATE VIEW view AS SELECT * FROM users;
    INSERT INTO users VALUES ('a', 1), ('b', NULL);
    INSERT INTO "with space" VALUES (x'61', 2);
    INSERT INTO 日本 VALUES ('three', 3);
    INSERT INTO other VALUES ('a', 4);
  `);
  using snapshot = await attach(file.path, { namespaced: true });
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
  const find = namespacedFind(snapshot);
  assertEquals(find("users", "a"), "1");
  assertEquals(find("with space", "a"), "2");
  assertEquals(find("日本", "3"), "three");
  assertEquals(find("users", "b"), undefined);
  assertEquals(find("users", "c"), undefined);
  for (
    const name of [
      "USERS",
      "other",
      "view",
      "sqlite_schema",
      "",
      "nosuch",
      "\xff",
    ]
  ) {
    assertEquals(find(name, "a"), undefined, name);
  }
  const noText = new Uint8Array([0xff, 0x3a, 0x61]);
  assertEquals(snapshot.findIn(noText, 0, 1, 2, 3, new Value()), false);
  assertEquals(snapshot.find(utf8.encode("a"), 0, 1, new Value()), false);
  assertEquals(entriesOf(snapshot), [
    "users=a=1",
    "with space=a=2",
    "日本=3=three",
  ]);
  assertEquals(snapshot.count(), 3);
  assertEquals([...snapshot.check()], []);
});

function namespacedFind(
  snapshot: NamespacedSnapshot,
): (ns: string, key: string) => string | undefined {
  return (ns, key) => {
    const namespace = utf8.encode(ns);
    const value = get(
      (bytes, start, end, value) => {
        const nsEnd = start + namespace.length;
        return snapshot.findIn(bytes, start, nsEnd, nsEnd + 1, end, value);
      },
      utf8.encode(`${ns}:${key}`),
    );
    return value && text.decode(value);
  };
}

Deno.test("every namespace needs an index, and one there must be", async () => {
  using file = new TestFile(`
    CREATE TABLE a (key TEXT PRIMARY KEY, value);
    CREATE TABLE b (key TEXT, value);
  `);
  assert(
    (await problemOf(file.path, { namespaced: true }))
      .endsWith('CREATE INDEX "b_key" ON "b" ("key");'),
  );
  assertEquals(
    await problemOf(file.path, { namespaced: true, keyColumn: "id" }),
    'no table has a column "id" and a column "value"',
  );
});

Deno.test("more namespaces than there are statements are all found", async () => {
  const names = Array.from({ length: 250 }, (_, i) => `t${i}`);
  using file = new TestFile(
    names.map((name) =>
      `CREATE TABLE ${name} (key TEXT PRIMARY KEY, value);
       INSERT INTO ${name} VALUES ('k', '${name}');`
    ).join("\n"),
  );
  using snapshot = await attach(file.path, { namespaced: true });
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
  const find = namespacedFind(snapshot);
  for (let round = 0; round < 3; round++) {
    for (const name of names) assertEquals(find(name, "k"), name);
  }
  assertEquals(snapshot.count(), 250);
});

Deno.test("the file is read as it is, and nothing is written beside it", async () => {
  using file = new TestFile(`
    PRAGMA journal_mode = WAL;
    CREATE TABLE kv (key TEXT PRIMARY KEY, value);
    INSERT INTO kv VALUES ('a', 1);
  `);
  assertEquals(file.files, ["test.sqlite"]);
  {
    using snapshot = await attach(file.path);
    assertEquals(lookUp(snapshot, "a"), "1");
    assertEquals(file.files, ["test.sqlite"]);
  }
  assertEquals(file.files, ["test.sqlite"]);
});

Deno.test("a file with changes in a log beside it is refused", async () => {
  using file = new TestFile("CREATE TABLE kv (key TEXT PRIMARY KEY, value)");
  const database = new DatabaseSync(file.path);
  database.exec("PRAGMA journal_mode = WAL; INSERT INTO kv VALUES ('a', 1)");
  const link = `${file.path}.link`;
  Deno.symlinkSync(file.path, link);
  for (const path of [file.path, link]) {
    assertEquals(
      await problemOf(path),
      `is not finished: there are changes in ${file.path}-wal; close what writes it`,
    );
  }
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  (await attach(link)).close!();
  database.close();
  (await attach(file.path)).close!();
});

Deno.test("a path may have any character", async () => {
  const directory = await Deno.makeTempDir();
  try {
    for (const name of ["a b", "a%20b", "q?x=1&y", "h#x", "ü日", "'\"", "a%"]) {
      const path = `${directory}/${name}.sqlite`;
      await Deno.copyFile(fixturePath("sqlite/text.sqlite"), path);
      using snapshot = await attach(path);
      assertEquals(lookUp(snapshot, "hoge"), "hoge!");
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

Deno.test("a file that is not there is Deno's own error", async () => {
  await assertRejects(
    () => storage.open("/nonexistent.sqlite", {}),
    Deno.errors.NotFound,
  );
});

Deno.test("a cut file is refused with its sizes", async () => {
  assertEquals(
    await problemOf(fixturePath("sqlite/truncated.sqlite")),
    "cut: 3000 bytes, and should be 7168",
  );
});

Deno.test("a file that took the place of the one checked is not attached", async () => {
  using file = new TestFile("CREATE TABLE kv (key TEXT PRIMARY KEY, value)");
  const data = await storage.open(file.path, {});
  Deno.copyFileSync(fixturePath("sqlite/text.sqlite"), `${file.path}.new`);
  Deno.renameSync(`${file.path}.new`, file.path);
  assertThrows(() => storage.attach(data), DataFileError, "is another file");
});

Deno.test("a snapshot outlives the name of its file, and is closed alone", async () => {
  using file = new TestFile(`
    CREATE TABLE kv (key TEXT PRIMARY KEY, value);
    INSERT INTO kv VALUES ('a', 1), ('b', 2);
  `);
  const data = structuredClone(await storage.open(file.path, { warm: true }));
  assertEquals(data.keys, 2);
  const [one, two] = [storage.attach(data), storage.attach(data)];
  Deno.removeSync(file.path);
  assertEquals(lookUp(one, "a"), "1");
  const entries = one.entries()[Symbol.iterator]();
  entries.next();
  one.close!();
  one.close!();
  assertThrows(() => lookUp(one, "a"), DataFileError, "has been closed");
  assertThrows(() => entries.next(), DataFileError, "has been closed");
  assertThrows(() => one.count(), DataFileError, "has been closed");
  assertEquals(lookUp(two, "a"), "1");
  const abandoned = two.entries()[Symbol.iterator]();
  abandoned.next();
  two.close!();
  abandoned.return?.();
});

Deno.test("damage met by a look-up, a walk and the check is told", async () => {
  const values = Array.from(
    { length: 40 },
    (_, i) =>
      `('key ${String(i).padStart(2, "0")}', '${String(i).repeat(3000)}')`,
  );
  using file = new TestFile(`
    PRAGMA page_size = 1024;
    CREATE TABLE kv (key TEXT PRIMARY KEY, value) WITHOUT ROWID;
    INSERT INTO kv VALUES ${values};
  `);
  const bytes = Deno.readFileSync(file.path);
  // The pages of long values begin with the number of the next one.
  for (let page = 0; page < bytes.length; page += 1024) {
    const isLong = bytes.subarray(page + 4, page + 100)
      .every((byte) => byte >= 0x30 && byte <= 0x39);
    if (isLong && page % 3 === 0) bytes.fill(0xff, page, page + 4);
  }
  Deno.writeFileSync(file.path, bytes);
  const data: SharedData = await storage.open(file.path, {});
  const snapshot = storage.attach(data);
  let errors = 0;
  for (let i = 0; i < 40; i++) {
    try {
      const value = lookUp(snapshot, `key ${String(i).padStart(2, "0")}`);
      assertEquals(value, String(i).repeat(3000));
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      errors++;
    }
  }
  assert(errors > 0);
  assertThrows(() => [...snapshot.entries()], DataFileError);
  const faults = [...snapshot.check()];
  assert(faults.length > 0);
  assert(faults.some(({ place }) => /page/i.test(place)), faults[0].place);
  snapshot.close!();
});

Deno.test("isSqlite() knows the first bytes", () => {
  assert(isSqlite(Deno.readFileSync(fixturePath("sqlite/text.sqlite"))));
  assert(isSqlite(utf8.encode("SQLite format 3\0")));
  assert(!isSqlite(utf8.encode("SQLite format 3")));
  assert(!isSqlite(utf8.encode("SQLite format 4\0")));
  assert(!isSqlite(new Uint8Array(0)));
});

Deno.test("numbers in a column without a type are found by their text", async () => {
  using file = new TestFile(`
    CREATE TABLE kv (key PRIMARY KEY, value);
    INSERT INTO kv VALUES (5, 'int'), ('5s', 'text'), (x'35', 'blob5'),
      (1.5, 'real'), (2.0, 'two'), (0.1 + 0.2, 'sum'), (-7, 'minus'),
      (1e15, 'much'), (9223372036854775807, 'most'), (x'36', 'blob6'),
      (-9223372036854775808, 'least'), ('8', 'text8');
  `);
  using snapshot = await attach(file.path);
  const found: Record<string, string> = {
    "-9223372036854775808": "least",
    "-7": "minus",
    "0.30000000000000004": "sum",
    "1.5": "real",
    "2.0": "two",
    "5": "int",
    "1.0e+15": "much",
    "9223372036854775807": "most",
    "5s": "text",
    "8": "text8",
    "6": "blob6",
  };
  for (const [key, value] of Object.entries(found)) {
    assertEquals(lookUp(snapshot, key), value, key);
  }
  for (
    const other of ["05", "5.0", "2", "+5", " 5", "1.50", "0.3", "-0", "8.0"]
  ) {
    assertEquals(lookUp(snapshot, other), undefined, other);
  }
  const entries = Object.entries(found).map((pair) => pair.join("="));
  assertEquals(entriesOf(snapshot).sort(), entries.sort());
  assertEquals(snapshot.count(), entries.length);
});

Deno.test("a REAL is 15 digits, or the fewest that are exact", async () => {
  using file = new TestFile(`
    CREATE TABLE kv (key TEXT PRIMARY KEY, value);
    INSERT INTO kv VALUES ('a', 0.1), ('b', 0.1 + 0.2), ('c', 2.0),
      ('d', 1e-7), ('e', 1e300), ('f', 9e999), ('g', -9e999),
      ('h', 123456.789), ('i', 100), ('j', 1e15), ('k', 1e14);
  `);
  using snapshot = await attach(file.path);
  assertEquals(entriesOf(snapshot), [
    "a=0.1",
    "b=0.30000000000000004",
    "c=2.0",
    "d=1.0e-07",
    "e=1.0e+300",
    "f=Inf",
    "g=-Inf",
    "h=123456.789",
    "i=100",
    "j=1.0e+15",
    "k=100000000000000.0",
  ]);
});

Deno.test("rows without a key or a value are counted, and told", async () => {
  using file = new TestFile(`
    CREATE TABLE kv (key TEXT PRIMARY KEY, value);
    INSERT INTO kv VALUES ('a', 1), ('b', NULL), (NULL, 2), (NULL, NULL);
    CREATE TABLE other (key TEXT PRIMARY KEY, value);
    INSERT INTO other VALUES ('a', NULL);
  `);
  const told = async (options: OpenOptions) =>
    (await storage.open(file.path, options)).warnings;
  const problem = "rows left out, as their key or value is NULL: ";
  assertEquals(await told({}), [problem + "3"]);
  assertEquals(await told({ namespaced: true }), [problem + "4"]);
  assertEquals(await told({ table: "other" }), [problem + "1"]);
});

const UNKNOWN = fixturePath("sqlite/collation.sqlite");

Deno.test("keys in the order of a collation that is not known are not served", async () => {
  const order =
    'its keys are not in the order of their bytes, but in that of the collation "unicase", which is not known here';
  assertEquals(
    await problemOf(UNKNOWN, {
      table: "decks",
      keyColumn: "name",
      valueColumn: "id",
    }),
    `${order}; \`goromdb build\` makes one that can be served`,
  );
  const tags = { table: "tags", keyColumn: "tag", valueColumn: "usn" };
  for (const scan of [false, true]) {
    const problem = await problemOf(UNKNOWN, { ...tags, scan });
    assert(problem.startsWith(`${order}, and SQLite cannot read`), problem);
  }
});

Deno.test("a table with a collation that is not known is walked through", async () => {
  using walked = await attach(UNKNOWN, {
    table: "decks",
    keyColumn: "name",
    valueColumn: "id",
    scan: true,
  });
  const database = new DatabaseSync(UNKNOWN, { readOnly: true });
  const rows = database.prepare("SELECT name || '=' || id AS pair FROM decks")
    .all().map(({ pair }) => String(pair));
  database.close();
  assert(rows.length > 1);
  assertEquals(entriesOf(walked).sort(), rows.sort());
  assertEquals(walked.count(), rows.length);
});

Deno.test("the check leaves out tables with a collation that is not known, and says so", () => {
  const snapshot = openSqlite(UNKNOWN, {
    table: "notes",
    keyColumn: "guid",
    valueColumn: "flds",
  });
  const notes: string[] = [];
  const note = ({ place, problem }: Fault) =>
    notes.push(`${place}: ${problem}`);
  assertEquals([...snapshot.check(note)], []);
  assertEquals(notes.sort(), [
    'table "decks": cannot be checked whole: no such collation sequence: unicase',
    'table "tags": cannot be checked whole: no such collation sequence: unicase',
  ]);
  snapshot.close();
});
