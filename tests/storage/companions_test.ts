import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { COMPANIONS, companions } from "../../src/storage/companions.ts";
import { createStorage, STORAGE_NAMES } from "../../src/storage/registry.ts";
import { DataFileError } from "../../src/storage/storage.ts";
import { works } from "../e2e/fault.ts";
import { HeldProgram } from "../held_program.ts";
import { fixturePath, get } from "../fixtures.ts";
import { inDirectory } from "../temporary.ts";
import { holdWithBolt, MISSING } from "./boltdb/engine.ts";
import { LMDB_USERS } from "./lmdb/users.ts";

const PYTHON = "/usr/bin/python3"; // Debian's own, which has its packages

/** A file of each format, without anything beside it. */
const FILES: Record<string, string> = {
  sqlite: "sqlite/text.sqlite",
  bdb: "bdb/bt-4096-small.db",
  boltdb: "bolt/bolt-buckets.db",
  lmdb: "lmdb/many.mdb",
  gdbm: "gdbm/many.gdbm",
  cdb: "cdb/small.cdb",
  json: "json/flat.json",
};

/** Reads a key with a storage. */
async function read(
  name: string,
  path: string,
  key: string,
): Promise<string | undefined> {
  const storage = createStorage(name);
  const data = await storage.open(path, {});
  const snapshot = storage.attach(data);
  try {
    const value = get(
      snapshot.find.bind(snapshot),
      new TextEncoder().encode(key),
    );
    return value && new TextDecoder().decode(value);
  } finally {
    snapshot.close?.();
    storage.close(data);
  }
}

async function problemOf(path: string): Promise<string> {
  const error = await assertRejects(
    () => createStorage("auto").open(path, {}),
    DataFileError,
  );
  return error.problem;
}

Deno.test("each companion is of a format that there is, and says what it means", () => {
  for (const { format, companion, meaning, refused } of COMPANIONS) {
    assert(STORAGE_NAMES.includes(format), format);
    for (const text of [companion, meaning, refused]) assert(text.length > 4);
  }
});

Deno.test("a file that lies alone is taken, whatever its format", () =>
  inDirectory(async (directory) => {
    for (const [format, fixture] of Object.entries(FILES)) {
      const path = `${directory}/${format}`;
      await Deno.copyFile(fixturePath(fixture), path);
      const { problem, state } = await companions.look(path);
      assertEquals(problem, undefined, format);
      // Only to these something may be dropped behind them.
      const mayFollow = format === "sqlite" || format === "bdb";
      assertEquals(state, mayFollow ? "" : undefined, format);
    }
    await Deno.writeTextFile(`${directory}/nothing`, "nothing known");
    assertEquals(await companions.look(`${directory}/nothing`), {});
  }));

Deno.test("SQLite: what is beside the place where a file was dropped counts, and beside the file that a link leads to", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    const database = new DatabaseSync(path);
    database.exec(`
      PRAGMA journal_mode = WAL;
      CREATE TABLE kv (key TEXT PRIMARY KEY, value);
      INSERT INTO kv VALUES ('k', 'new');
    `);
    const reason =
      `is not finished: there are changes in ${path}-wal; close what writes it`;
    assertEquals((await companions.look(path)).problem, reason);
    assertEquals(await problemOf(path), reason);
    await Deno.mkdir(`${directory}/elsewhere`);
    const moved = `${directory}/elsewhere/data.db`;
    await Deno.rename(path, moved);
    assertEquals((await companions.look(path, moved)).problem, reason);
    assertEquals(await companions.leftBehind(path), `${path}-wal`);
    assertEquals((await companions.look(moved)).problem, undefined);
    await Deno.rename(moved, path);
    await Deno.symlink(path, moved);
    assertEquals((await companions.look(moved)).problem, reason);
    assertEquals(await problemOf(moved), reason);

    const { state } = await companions.look(`${directory}/elsewhere/data.db`);
    assertEquals(state, undefined);
    database.close();
    assertEquals(await companions.look(path), { state: "" });
    assertEquals(await read("auto", path, "k"), "new");
    assertEquals(await companions.leftBehind(path), undefined);
  }));

Deno.test("Berkeley DB: a file whose changes are in its environment is refused by every storage", async () => {
  if (!works(PYTHON, "-c", "import bsddb3")) {
    console.log("skipped: python3-bsddb3 is not installed");
    return;
  }
  const program = fileURLToPath(
    new URL("./bdb/environment.py", import.meta.url),
  );
  await inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    assert(works(PYTHON, program, directory, "private", "put:a", "die"));
    const reason = await problemOf(path);
    assertEquals(
      reason,
      `is not finished: there are changes in ${directory}/log.0000000001; close what writes it, or run db_recover`,
    );
    assertEquals((await companions.look(path)).problem, reason);
    for (const name of ["bdb", "memcachedb-bdb"]) {
      await assertRejects(
        () => createStorage(name).open(path, {}),
        DataFileError,
        reason,
      );
    }
    assert(works(PYTHON, program, directory, "private", "put:b", "leave"));
    assertEquals((await companions.look(path)).problem, undefined);
  });
});

Deno.test("BoltDB: who writes a file keeps it from being served, and who reads it does not", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    const writer = await holdWithBolt(path, "write");
    if (writer === undefined) return console.log(MISSING);
    assertEquals(await companions.look(path), {
      problem: "is open in a program that writes it; close it",
    });
    // What has been committed can be read all the same.
    assertEquals(await read("auto", path, "k"), "held");
    await writer.end();
    const reader = await holdWithBolt(path, "read");
    assertEquals(await companions.look(path), { state: undefined });
    await reader?.end();
    // The question itself keeps nobody from writing.
    const again = await holdWithBolt(path, "write");
    assert(again !== undefined);
    await again?.end();
  }));

Deno.test("GDBM: a file is refused while a program has it open for writing", async () => {
  if (!works(PYTHON, "-c", "import dbm.gnu")) {
    console.log("skipped: python3-gdbm is not installed");
    return;
  }
  await inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    const program = `
import dbm.gnu, sys
file = dbm.gnu.open(sys.argv[1], sys.argv[2])
if sys.argv[2] == "c": file[b"k"] = b"value"
print("open", flush=True)
sys.stdin.read()
file.close()
`;
    const open = (mode: string) =>
      HeldProgram.start(PYTHON, ["-c", program, path, mode]);
    const writer = (await open("c"))!;
    const reason = "is open in a program that writes it; close it";
    assertEquals((await companions.look(path)).problem, reason);
    assertEquals(await problemOf(path), reason);
    assert(await writer.end());
    const reader = (await open("r"))!;
    assertEquals(await companions.look(path), { state: undefined });
    assertEquals(await read("auto", path, "k"), "value");
    assert(await reader.end());
  });
});

Deno.test("LMDB: what was committed last is read, whoever reads and writes it", async () => {
  if (!works(PYTHON, "-c", "import lmdb")) {
    console.log("skipped: python3-lmdb is not installed");
    return;
  }
  await inDirectory(async (directory) => {
    for (const subdir of ["True", "False"]) {
      const path = `${directory}/${subdir}`;
      const held = (await HeldProgram.start(PYTHON, [
        ...["-c", LMDB_USERS, path, subdir],
      ]))!;
      const [file, lock] = subdir === "True"
        ? [`${path}/data.mdb`, `${path}/lock.mdb`]
        : [path, `${path}-lock`];
      assert((await Deno.stat(lock)).size > 0);
      assertEquals(await companions.look(file), { state: undefined });
      assertEquals(await read("auto", file, "k"), "two");
      assert(await held.end());
      // The lock file stays, and says nothing any more.
      assert((await Deno.stat(lock)).size > 0);
      assertEquals(await read("auto", file, "k"), "two");
    }
  });
});
