/** Keys and namespaces that are chosen at random. */

import { assert, assertEquals } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { createStorage } from "../../src/storage/registry.ts";
import {
  isNamespaced,
  type OpenOptions,
  type Snapshot,
} from "../../src/storage/storage.ts";
import {
  buildPairs,
  FORMATS,
  fromBytes,
  type Pair,
} from "../build/building.ts";
import { inDirectory } from "../temporary.ts";

/** So many records make trees of several levels. */
const KEYS = 3000;

/** Each key is chosen so many times, on average. */
const TIMES = 30;

/** Opens a file, and lets it go. */
async function withSnapshot(
  format: string,
  path: string,
  options: OpenOptions,
  use: (snapshot: Snapshot) => void,
): Promise<void> {
  const storage = createStorage(format);
  const data = await storage.open(path, options);
  const snapshot = storage.attach(data);
  try {
    use(snapshot);
  } finally {
    snapshot.close?.();
    storage.close(data);
  }
}

/** How often each is chosen. */
function draw(
  count: number,
  choose: () => Uint8Array | undefined,
): Map<string, number> {
  const drawn = new Map<string, number>();
  for (let n = 0; n < count; n++) {
    const chosen = fromBytes(choose()!);
    drawn.set(chosen, (drawn.get(chosen) ?? 0) + 1);
  }
  return drawn;
}

/** The most, and the least, that a tenth of the keys is chosen, of what is fair. */
function tenths(
  keys: readonly string[],
  drawn: ReadonlyMap<string, number>,
): [least: number, most: number] {
  const size = keys.length / 10;
  const sums = Array.from({ length: 10 }, (_, n) => {
    const some = keys.slice(n * size, (n + 1) * size);
    return some.reduce((sum, key) => sum + (drawn.get(key) ?? 0), 0);
  });
  return [Math.min(...sums), Math.max(...sums)].map((sum) =>
    sum / (size * TIMES)
  ) as [number, number];
}

for (const format of FORMATS) {
  Deno.test(`every key of a file is as likely as another (${format})`, () =>
    inDirectory(async (directory) => {
      const pairs = Array.from({ length: KEYS }, (_, n): Pair => {
        // Keys of very different lengths make pages with few of them, and many.
        const key = `${n}`.padStart(6, "0") + "x".repeat(n % 100 ? 0 : 240);
        return [key, "v".repeat(n % 10 ? 40 : 900)];
      });
      const path = await buildPairs(directory, format, pairs);
      await withSnapshot(format, path, {}, (snapshot) => {
        const keys = [...snapshot.entries()].map(({ key }) => fromBytes(key));
        assertEquals(keys.length, KEYS);
        const drawn = draw(KEYS * TIMES, () => snapshot.randomKey!());
        assertEquals(drawn.size, KEYS);
        for (const key of drawn.keys()) assert(keys.includes(key), key);
        const [least, most] = tenths(keys, drawn);
        console.log(
          `${format}: tenths of the keys are chosen ${least.toFixed(2)} to ${
            most.toFixed(2)
          } times as often as is fair`,
        );
        assert(least > 0.8 && most < 1.25, `${least} to ${most}`);
      });
    }));

  Deno.test(`of a file without records, no key is chosen (${format})`, () =>
    inDirectory(async (directory) => {
      const path = await buildPairs(directory, format, []);
      await withSnapshot(format, path, {}, (snapshot) => {
        assertEquals(snapshot.randomKey!(), undefined);
      });
    }));

  if (!["bdb", "memcachedb-bdb"].includes(format)) {
    Deno.test(`every namespace can be chosen, if it has records (${format})`, () =>
      inDirectory(async (directory) => {
        const pairs = Array.from(
          { length: 600 },
          (_, n) => [`key-${n}`, "v", `ns-${n % 10}`] as unknown as Pair,
        );
        const options = { namespaced: true, separator: ":" };
        const path = await buildPairs(directory, format, pairs, {
          open: { namespaced: true },
          fields: { key: "1", value: "2", namespace: "3" },
        });
        await withSnapshot(format, path, options, (snapshot) => {
          if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
          const { randomNamespace } = snapshot;
          const drawn = draw(1000, randomNamespace!.bind(snapshot));
          assertEquals(
            [...drawn.keys()].sort(),
            Array.from({ length: 10 }, (_, n) => `ns-${n}`).sort(),
          );
          for (const count of drawn.values()) assert(count > 10, `${count}`);
        });
      }));
  }
}

for (
  const [kind, sql] of Object.entries({
    "a table whose rows were deleted":
      "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT); INSERT INTO kv SELECT printf('%06d', n), 'v' FROM n; DELETE FROM kv WHERE rowid % 50 > 0",
    "a table without rowids":
      "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID; INSERT INTO kv SELECT printf('user:%06d', n), 'v' FROM n WHERE n < 500",
    "a table of blobs without rowids":
      "CREATE TABLE kv (key BLOB PRIMARY KEY, value TEXT) WITHOUT ROWID; INSERT INTO kv SELECT CAST(printf('%d', n) AS BLOB), 'v' FROM n WHERE n < 500",
    "a view":
      "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT); INSERT INTO t SELECT printf('%d', n * n), 'v' FROM n WHERE n < 500; CREATE VIEW kv AS SELECT k AS key, v AS value FROM t",
    "a view of two tables":
      "CREATE TABLE t (k TEXT PRIMARY KEY, v TEXT); CREATE TABLE u (k TEXT PRIMARY KEY, v TEXT); INSERT INTO t SELECT printf('%d', n), 'v' FROM n WHERE n < 250; INSERT INTO u SELECT printf('u%d', n), 'v' FROM n WHERE n < 250; CREATE VIEW kv AS SELECT k AS key, v AS value FROM t UNION ALL SELECT k, v FROM u",
    "numbers as keys":
      "CREATE TABLE kv (key INTEGER, value TEXT); CREATE INDEX i ON kv (key); INSERT INTO kv SELECT n * 3, 'v' FROM n WHERE n < 500",
    "a column of the rowid's name":
      "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT, rowid TEXT); INSERT INTO kv SELECT printf('%d', n), 'v', 'r' FROM n WHERE n < 500",
    "UTF-16":
      "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID; INSERT INTO kv SELECT 'é' || n, 'v' FROM n WHERE n < 500",
    "rows without values":
      "CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT); INSERT INTO kv SELECT printf('%d', n), CASE WHEN n % 5 THEN NULL ELSE 'v' END FROM n WHERE n < 2500",
  })
) {
  Deno.test(`SQLite: every key of ${kind} can be chosen`, () =>
    inDirectory(async (directory) => {
      const path = `${directory}/data`;
      const database = new DatabaseSync(path);
      if (kind === "UTF-16") database.exec("PRAGMA encoding = 'UTF-16le'");
      database.exec(
        `CREATE TEMP TABLE n (n INTEGER PRIMARY KEY);
         INSERT INTO n WITH RECURSIVE c(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM c WHERE n < 24999) SELECT n FROM c`,
      );
      database.exec(sql);
      database.close();
      await withSnapshot("sqlite", path, {}, (snapshot) => {
        const keys = [...snapshot.entries()].map(({ key }) => fromBytes(key));
        assertEquals(keys.length, 500);
        const drawn = draw(20_000, () => snapshot.randomKey!());
        for (const key of drawn.keys()) assert(keys.includes(key), key);
        const counts = keys.map((key) => drawn.get(key) ?? 0);
        console.log(
          `${kind}: a key is chosen ${Math.min(...counts)} to ${
            Math.max(...counts)
          } times of 20,000`,
        );
        // Fair is 40 times.
        assert(Math.min(...counts) > 0 && Math.max(...counts) < 400);
      });
    }));
}
