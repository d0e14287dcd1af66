/**
 * B-trees whose keys are in an order of their own, that of a function which the
 * program that wrote them gave to the library, can be walked through, but not
 * searched.
 */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { createStorage } from "../../src/storage/registry.ts";
import { DataFileError, type OpenOptions } from "../../src/storage/storage.ts";
import { buildQuietly } from "../build/building.ts";
import { run } from "../e2e/program.ts";
import { faultsOf, fixturePath, fixturesOf, get } from "../fixtures.ts";
import { inDirectory } from "../temporary.ts";
import { load } from "./lmdb/mdb_load.ts";

/** Keys of four bytes, the numbers from 0 on, the least significant byte first. */
const NUMBERED = [
  { format: "bdb", file: "bdb/own-order.db", keys: 5000 },
  { format: "lmdb", file: "lmdb/own-order.mdb", keys: 3000 },
];

const OWN_ORDER =
  /^its keys are not in the order of their bytes: .*; `goromdb build` makes one that can be served$/;

async function open(format: string, path: string, options: OpenOptions = {}) {
  const storage = createStorage(format);
  return storage.attach(await storage.open(path, options));
}

function bytesOf(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

for (const { format, file, keys } of NUMBERED) {
  const path = fixturePath(file);

  Deno.test(`a ${format} file in an order of its own is not served`, async () => {
    for (const name of [format, "auto"]) {
      const error = await assertRejects(
        () => open(name, path),
        DataFileError,
      );
      assert(OWN_ORDER.test((error as DataFileError).problem), error.message);
    }
    const { code, stderr } = await run("get", path, "a");
    assertEquals(code, 1);
    assert(OWN_ORDER.test(stderr.slice(stderr.indexOf("its")).trim()), stderr);
  });

  Deno.test(`a few pages of a ${format} file tell that its order is its own`, async () => {
    const snapshot = await open(format, path, { scan: true });
    let message = "";
    try {
      snapshot.checkOrder?.(false);
    } catch (error) {
      message = (error as Error).message;
    }
    assert(message.includes("not in the order of their bytes"), message);
  });

  Deno.test(`verify calls the order of a ${format} file its own, and no page damaged`, async () => {
    const { code, stdout } = await run("verify", path);
    assertEquals(code, 1);
    const lines = stdout.trimEnd().split("\n");
    assertEquals(lines.length, 1);
    assert(lines[0].startsWith(`${path}: order: its keys are not in`), stdout);
    assert(lines[0].endsWith("makes one that can be served"), stdout);
  });

  Deno.test(`a ${format} file in an order of its own is walked through, and built from`, () =>
    inDirectory(async (directory) => {
      const walked = await open(format, path, { scan: true });
      const records = Array.from(
        walked.entries(),
        ({ key, value }) => [key.toHex(), value.toHex()],
      );
      assertEquals(records.length, keys);
      assertEquals(
        records.map(([key]) => key).sort(),
        Array.from({ length: keys }, (_, n) => bytesOf(n).toHex()).sort(),
      );
      const out = `${directory}/data.db`;
      await buildQuietly({ inputs: [path], to: format, out });
      const built = await open(format, out);
      const find = built.find.bind(built);
      for (const [key, value] of records) {
        assertEquals(get(find, Uint8Array.fromHex(key))?.toHex(), value);
      }
      assertEquals(built.count(), keys);
      assertEquals(faultsOf(built), []);
    }));
}

Deno.test("files in the order of their bytes are not taken for others", async () => {
  for (const manifest of ["bdb", "memcachedb", "boltdb", "lmdb"]) {
    for (const fixture of fixturesOf(manifest)) {
      const { file, storage, options, valid, optional } = fixture;
      const path = fixturePath(file);
      if (!valid || optional || (await Deno.stat(path)).isDirectory) continue;
      const snapshot = await open(storage, path, {
        bucket: options.bucket ?? options.database,
        namespaced: options.namespaced,
      });
      snapshot.checkOrder?.(true);
      snapshot.checkOrder?.(false);
      snapshot.close?.();
    }
  }
});

Deno.test("one key that is out of order keeps a small file from being served", () =>
  inDirectory(async (directory) => {
    for (
      const [name, options] of [
        ["bolt/bolt-many.db", { bucket: "goromdb" }],
        ["bdb/bt-sorted.db", {}],
        ["lmdb/many.mdb", {}],
      ] as const
    ) {
      const bytes = await Deno.readFile(fixturePath(name));
      const text = new TextDecoder("latin1").decode(bytes);
      const keys = [...text.matchAll(/key:000[0-9]{3}/g)];
      bytes[keys[Math.floor(keys.length / 2)].index] = 1;
      const path = `${directory}/data`;
      await Deno.writeFile(path, bytes);
      await assertRejects(
        () => open("auto", path, options),
        DataFileError,
        "its keys are not in the order of their bytes: page",
      );
    }
  }));

Deno.test("LMDB's own orders are searched as its flags tell", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.mdb`;
    const numbers = Array.from(
      { length: 2000 },
      (_, n): [Uint8Array, string] => [bytesOf(n * 7919), `${n}`],
    );
    const ends = Array.from(
      { length: 2000 },
      (_, n): [string, string] => [`${n} is its beginning`, `${n}`],
    );
    try {
      await load(path, "numbers", ["integerkey"], numbers);
      await load(path, "ends", ["reversekey"], ends);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      return console.log("skipped: mdb_load (lmdb-utils) is not installed");
    }
    for (const [bucket, records] of [["numbers", numbers], ["ends", ends]]) {
      const snapshot = await open("lmdb", path, { bucket: bucket as string });
      const find = snapshot.find.bind(snapshot);
      for (const [key, value] of records as [Uint8Array | string, string][]) {
        const bytes = typeof key === "string"
          ? new TextEncoder().encode(key)
          : key;
        const found = get(find, bytes);
        assertEquals(found && new TextDecoder().decode(found), value);
      }
      assertEquals(faultsOf(snapshot), []);
    }
  }));
