import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { DataSet } from "../../src/handler/data_set.ts";
import { Database } from "../../src/handler/database.ts";
import { swap, SwapTimeoutError } from "../../src/handler/handler.ts";
import { SimpleHandler } from "../../src/handler/simple.ts";
import { FAILURES, LOADS } from "../../src/protocol/counters.ts";
import { FileChangedError, InPlaceLoader } from "../../src/loader/loader.ts";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { BackgroundStorage } from "../../src/storage/background.ts";
import { JsonStorage } from "../../src/storage/json/json.ts";
import { SqliteStorage } from "../../src/storage/sqlite/sqlite.ts";
import type { Storage } from "../../src/storage/storage.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import type { VerifiedFile } from "../../src/watcher/watcher.ts";
import { get } from "../fixtures.ts";
import { withLogs } from "../logs.ts";
import { filesBelow, inDirectory, md5 } from "../temporary.ts";

async function drop(directory: string, text: string): Promise<VerifiedFile> {
  const path = `${directory}/data.db`;
  await Deno.writeTextFile(path, text);
  return { path, sum: md5(text), identity: (await identify(path))! };
}

function served(handler: SimpleHandler): string | undefined {
  const { snapshot } = handler.current ?? {};
  if (snapshot === undefined) return undefined;
  const value = get(snapshot.find.bind(snapshot), new Uint8Array([97]));
  return value && new TextDecoder().decode(value);
}

function assemble(basedir?: string) {
  const storage = new BackgroundStorage(new JsonStorage());
  const handler = new SimpleHandler(storage);
  const loader = basedir === undefined
    ? new InPlaceLoader()
    : new SlotLoader(basedir);
  const database = new Database({ storage, loader, targets: [handler] });
  return { handler, database };
}

Deno.test("a load is swapped in and told in one line", () =>
  inDirectory((directory) =>
    withLogs(async (logs) => {
      const { handler, database } = assemble(directory);
      assertEquals(await database.recover(), false);
      const text = '{"a":"1","b":"2"}';
      assertEquals(await database.load(await drop(directory, text)), true);
      assertEquals(served(handler), "1");
      assertEquals(logs.length, 1);
      const parts = [`${directory}/data00/data.db`, "2 keys", "17 bytes"];
      for (const part of [...parts, "json", " ms", md5(text)]) {
        assert(logs[0].includes(part), `${part} in ${logs[0]}`);
      }
      assertEquals([database.counters[LOADS], database.counters[FAILURES]], [
        1,
        0,
      ]);
      database.close();
    })
  ));

Deno.test("a bad file is put aside, and the old data stay", () =>
  inDirectory((directory) =>
    withLogs(async (logs) => {
      const { handler, database } = assemble(directory);
      await database.recover();
      await database.load(await drop(directory, '{"a":"1"}'));
      assertEquals(await database.load(await drop(directory, '{"a":')), false);
      assertEquals(served(handler), "1");
      assert(logs[1].startsWith("error: not loaded, moved to "), logs[1]);
      assert(logs[1].includes("at line 1, column 6"), logs[1]);
      assertEquals(await filesBelow(directory), [
        "data00/data.db",
        "data00/slot.json",
        "rejected/000001-data.db",
        "rejected/000001-data.db.reason.txt",
      ]);
      assertEquals(
        await database.load(await drop(directory, '{"a":"2"}')),
        true,
      );
      assertEquals(served(handler), "2");
      assertEquals([database.counters[LOADS], database.counters[FAILURES]], [
        2,
        1,
      ]);
      database.close();
    })
  ));

Deno.test("a restart serves what was served before", () =>
  inDirectory((directory) =>
    withLogs(async () => {
      await assemble(directory).database.recover();
      const first = assemble(directory);
      await first.database.recover();
      await first.database.load(await drop(directory, '{"a":"1"}'));
      const second = assemble(directory);
      assertEquals(await second.database.recover(), true);
      assertEquals(served(second.handler), "1");
      assertEquals(
        second.handler.current?.version,
        first.handler.current?.version,
      );
      for (const { database } of [first, second]) database.close();
    })
  ));

for (const how of ["has been opened", "has not been opened"]) {
  Deno.test(`a restart falls back from a bad file that ${how}`, () =>
    inDirectory((directory) =>
      withLogs(async () => {
        const { database } = assemble(directory);
        await database.recover();
        await database.load(await drop(directory, '{"a":"good"}'));
        // As a crash leaves it, and then a fault of the disk.
        const loader = new SlotLoader(directory);
        await loader.recover();
        const staged = await loader.stage(await drop(directory, '{"a":'));
        (await loader.guard(staged)).close();
        if (how === "has been opened") await loader.place(staged);

        const restarted = assemble(directory);
        assertEquals(await restarted.database.recover(), true);
        assertEquals(served(restarted.handler), "good");
        assertEquals(await filesBelow(directory), [
          "data00/data.db",
          "data00/slot.json",
          "rejected/000001-data.db",
          "rejected/000001-data.db.reason.txt",
        ]);
        for (const one of [database, restarted.database]) one.close();
      })
    ));
}

Deno.test("in place, files stay where they lie, good or bad", () =>
  inDirectory((directory) =>
    withLogs(async (logs) => {
      const { handler, database } = assemble();
      await database.load(await drop(directory, '{"a":"1"}'));
      await database.load(await drop(directory, "{"));
      assertEquals(served(handler), "1");
      assertEquals(await filesBelow(directory), ["data.db"]);
      assert(
        logs[1].startsWith("error: not loaded, and what was served"),
        logs[1],
      );
    })
  ));

Deno.test("if one thread cannot open the data, none serves them", async () => {
  const events: string[] = [];
  const target = (name: string, prepare: () => Promise<void>) => ({
    prepare,
    commit: () => Promise.resolve(void events.push(`${name} commits`)),
    released: () => Promise.resolve(),
    abort: () => void events.push(`${name} aborts`),
  });
  const next = {
    data: { storage: "json", memory: null },
    facts: { path: "", storage: "json", sum: "", size: 0, openedAt: 0 },
  };
  const good = target("good", () => Promise.resolve());
  const bad = target("bad", () => Promise.reject(new Error("no memory")));
  const slow = target("slow", () => new Promise<void>(() => {}));

  await assertRejects(() => swap([good, bad], next), Error, "no memory");
  assertEquals(events.splice(0), ["good aborts", "bad aborts"]);
  await assertRejects(() => swap([good, slow], next, 20), SwapTimeoutError);
  assertEquals(events.splice(0), ["good aborts", "slow aborts"]);
  await swap([good, good], next);
  assertEquals(events, ["good commits", "good commits"]);
});

Deno.test("data that a slow thread may still open are not let go of", async () => {
  const events: string[] = [];
  const slow = Promise.withResolvers<void>();
  const target = (prepared: Promise<void>) => ({
    prepare: () => prepared,
    commit: () => Promise.resolve(),
    released: () => Promise.resolve(),
    abort: () => {},
  });
  const next = {
    data: { storage: "json", memory: null },
    facts: { path: "", storage: "json", sum: "", size: 0, openedAt: 0 },
  };
  const targets = [target(slow.promise), target(Promise.reject(new Error()))];
  const letGo = () => void events.push("let go");
  await assertRejects(() => swap(targets, next, 1000, letGo));
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(events, []);
  slow.resolve();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assertEquals(events, ["let go"]);
});

Deno.test("the version is the same for the same sum, and fits 63 bits", () => {
  const snapshot = assemble().handler as never;
  const version = (sum: string) =>
    new TextDecoder().decode(
      new DataSet(snapshot, {
        path: "",
        storage: "json",
        sum,
        size: 0,
        openedAt: 0,
      }).version,
    );
  assertEquals(version("f".repeat(32)), String(2n ** 63n - 1n));
  assertEquals(version(md5("a")), version(md5("a")));
  assert(version(md5("a")) !== version(md5("b")));
});

Deno.test("in place, a file that somebody begins to write while it is opened is looked at again", () =>
  inDirectory((directory) =>
    withLogs(async (logs) => {
      const path = `${directory}/data.db`;
      const writer = new DatabaseSync(path);
      writer.exec(`
        PRAGMA journal_mode = WAL;
        CREATE TABLE kv (key TEXT PRIMARY KEY, value);
        PRAGMA wal_checkpoint(TRUNCATE);
      `);
      const sqlite = new SqliteStorage();
      const write = "INSERT INTO kv VALUES (hex(randomblob(9)), 1)";
      for (const when of ["before", "after"]) {
        // The log is empty when the file is verified, and not when it is open.
        const storage: Storage = {
          name: "sqlite",
          async open(path, options) {
            if (when === "before") writer.exec(write);
            const data = await sqlite.open(path, options);
            writer.exec(write);
            return data;
          },
          attach: (data) => sqlite.attach(data),
          close: () => sqlite.close(),
        };
        const loader = new InPlaceLoader();
        const database = new Database({ storage, loader });
        const identity = (await identify(path))!;
        await assertRejects(
          () => database.load({ path, sum: md5(""), identity }),
          FileChangedError,
        );
        assertEquals(database.loaded, false);
        assertEquals(database.counters[FAILURES], 0);
        writer.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      }
      writer.close();
      assertEquals(logs, []);
    })
  ));
