import { assertEquals } from "@std/assert";
import { isNamespaced, type Snapshot } from "../../../src/storage/storage.ts";
import { openLmdb } from "../../../src/storage/lmdb/lmdb.ts";
import { get } from "../../fixtures.ts";
import { hasProgram, load } from "./mdb_load.ts";

type Pair = [key: Uint8Array, value: Uint8Array];

const utf8 = new TextEncoder();

/** A database as it is given to the engine, with the words of its flags. */
interface Given {
  name: string | undefined;
  flags: string[];
  pairs: Pair[];
}

function pair(key: string, value: string): Pair {
  return [utf8.encode(key), utf8.encode(value)];
}

function bigEndian(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

const DATABASES: Given[] = [
  {
    name: "plain",
    flags: [],
    pairs: Array.from(
      { length: 3000 },
      (_, i) => pair(`key ${i}`, `${i} `.repeat(i % 7 === 0 ? i : i % 20)),
    ),
  },
  {
    name: "dups",
    flags: ["dupsort"],
    pairs: Array.from(
      { length: 2000 },
      (_, i) => pair(`key ${i % 13 * (i % 3)}`, `value ${i * 7919 % 2003}`),
    ),
  },
  {
    name: "fixed",
    flags: ["dupsort", "dupfixed"],
    pairs: Array.from(
      { length: 3000 },
      (_, i) => [utf8.encode(`key ${i % 5 * (i % 2)}`), bigEndian(i * 31)],
    ),
  },
  {
    name: "numbers",
    flags: ["integerkey"],
    pairs: Array.from(
      { length: 1000 },
      (_, i) => [bigEndian(i * i * 12345).reverse(), utf8.encode(`${i}`)],
    ),
  },
  {
    name: "ends",
    flags: ["reversekey"],
    pairs: Array.from({ length: 1000 }, (_, i) => pair(`${i} key`, `${i}`)),
  },
  { name: "void", flags: [], pairs: [] },
  { name: undefined, flags: [], pairs: [pair("beside", "the names")] },
];

/** What a get must give: the last value put, or the least of several. */
function expected({ flags, pairs }: Given): Map<string, string> {
  const first = new Map<string, string>();
  for (const [key, value] of pairs) {
    const hex = key.toHex();
    const before = first.get(hex);
    if (
      before === undefined || !flags.includes("dupsort") ||
      value.toHex() < before
    ) first.set(hex, value.toHex());
  }
  return first;
}

function assertReads(snapshot: Snapshot, records: Map<string, string>): void {
  const find = snapshot.find.bind(snapshot);
  for (const [key, value] of records) {
    assertEquals(get(find, Uint8Array.fromHex(key))?.toHex(), value);
  }
  assertEquals(get(find, utf8.encode("nosuchkey")), undefined);
  const met = Array.from(
    snapshot.entries(),
    ({ key, value }) => [key.toHex(), value.toHex()] as const,
  );
  assertEquals(new Map(met), records);
  assertEquals(met.length, records.size);
  assertEquals(snapshot.count(), records.size);
}

/** Deletes two thirds of a database's keys, in small transactions. */
const DELETE = `
import lmdb, sys
env = lmdb.open(sys.argv[1], subdir=False, lock=False, max_dbs=8)
for name in (b"plain", b"dups"):
    db = env.open_db(name, create=False)
    with env.begin(db=db) as txn:
        keys = list(txn.cursor().iternext_nodup())
    keys = [key for i, key in enumerate(keys) if i % 3]
    for at in range(0, len(keys), 300):
        with env.begin(db=db, write=True) as txn:
            for key in keys[at:at + 300]:
                txn.delete(key)
`;

/** Whether `python3` has the package `lmdb`; it is Debian's own that may. */
async function pythonDeletes(path: string): Promise<boolean> {
  if (!await hasProgram("/usr/bin/python3")) return false;
  const { success } = await new Deno.Command("/usr/bin/python3", {
    args: ["-c", DELETE, path],
    stderr: "null",
  }).output();
  return success;
}

/** What {@linkcode DELETE} leaves. */
function left({ name, ...given }: Given): Map<string, string> {
  const records = expected({ name, ...given });
  if (name !== "plain" && name !== "dups") return records;
  const sorted = [...records].sort(([a], [b]) => a < b ? -1 : 1);
  return new Map(sorted.filter((_, i) => i % 3 === 0));
}

Deno.test("what liblmdb wrote is read, before and after deletions", async (t) => {
  if (!await hasProgram("mdb_load")) {
    console.log("skipped: mdb_load is not installed (Debian: lmdb-utils)");
    return;
  }
  const directory = await Deno.makeTempDir();
  try {
    const path = `${directory}/engine.mdb`;
    for (const { name, flags, pairs } of DATABASES) {
      await load(path, name, flags, pairs);
    }
    const readBack = async (records: (given: Given) => Map<string, string>) => {
      const bytes = await Deno.readFile(path);
      for (const given of DATABASES) {
        assertReads(
          openLmdb(bytes, path, { bucket: given.name }),
          records(given),
        );
      }
      const namespaced = openLmdb(bytes, path, { namespaced: true });
      assertEquals(isNamespaced(namespaced), true);
      assertEquals(
        namespaced.count(),
        DATABASES.filter(({ name }) => name !== undefined)
          .reduce((sum, given) => sum + records(given).size, 0),
      );
      assertEquals([...namespaced.check()], []);
    };
    await t.step("as mdb_load wrote it", () => readBack(expected));

    if (await pythonDeletes(path)) {
      await t.step("after py-lmdb's deletions", () => readBack(left));
    } else {
      console.log("no deletions: py-lmdb is not installed (python3-lmdb)");
    }
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
