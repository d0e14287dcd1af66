import { DatabaseSync } from "node:sqlite";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { FileChangedError, type LoadedFile } from "../../src/loader/loader.ts";
import {
  SlotLoader,
  type SlotLoaderOptions,
} from "../../src/loader/slot_loader.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import type { VerifiedFile } from "../../src/watcher/watcher.ts";
import { filesBelow, inDirectory, md5 } from "../temporary.ts";

/** Drops a file with its sum, as a watcher would report it. */
async function drop(directory: string, text: string): Promise<VerifiedFile> {
  const path = `${directory}/data.db`;
  await Deno.writeTextFile(path, text);
  await Deno.writeTextFile(`${path}.md5`, md5(text));
  const identity = (await identify(path))!;
  return { path, sumPath: `${path}.md5`, sum: md5(text), identity };
}

function loaderOf(directory: string, options: SlotLoaderOptions = {}) {
  return new SlotLoader(directory, {
    sources: [`${directory}/data.db`],
    ...options,
  });
}

/** Does what a database does with a file that opens. @returns it as it is served. */
async function take(
  loader: SlotLoader,
  dropped: VerifiedFile,
): Promise<LoadedFile> {
  const file = await loader.place(await loader.stage(dropped));
  await loader.settle();
  return file;
}

async function recovered(directory: string): Promise<string[]> {
  const files = await loaderOf(directory).recover();
  return Promise.all(files.map(({ path }) => Deno.readTextFile(path)));
}

Deno.test("files go to data00 and data01 in turn, and the sum goes", () =>
  inDirectory(async (directory) => {
    const loader = loaderOf(directory);
    assertEquals(await loader.recover(), []);
    for (const [n, slot] of ["data00", "data01", "data00"].entries()) {
      const file = await take(loader, await drop(directory, `set ${n}`));
      assertEquals(file.path, `${directory}/${slot}/data.db`);
      assertEquals(file.sum, md5(`set ${n}`));
      assertEquals(await filesBelow(directory), [
        `${slot}/data.db`,
        `${slot}/slot.json`,
      ]);
    }
  }));

Deno.test("until it is settled, the file that is served stays", () =>
  inDirectory(async (directory) => {
    const loader = loaderOf(directory);
    await loader.recover();
    const first = await take(loader, await drop(directory, "one"));
    const second = await loader.stage(await drop(directory, "two"));
    await loader.place(second);
    assertEquals(await Deno.readTextFile(first.path), "one");
    assertEquals(await recovered(directory), ["two", "one"]);
    await loader.settle();
    assertEquals(await recovered(directory), ["two"]);
  }));

Deno.test("the newest load is recovered first, whatever the clock says", () =>
  inDirectory(async (directory) => {
    const loader = loaderOf(directory, { keepPrevious: true });
    await loader.recover();
    for (const text of ["one", "two", "three"]) {
      const file = await drop(directory, text);
      const time = new Date(text === "three" ? 1000 : Date.now() + 1e6);
      await Deno.utime(file.path, time, time);
      const identity = (await identify(file.path))!;
      await take(loader, { ...file, identity });
    }
    assertEquals(await recovered(directory), ["three", "two"]);
  }));

Deno.test("a new loader goes on where the last one stopped", () =>
  inDirectory(async (directory) => {
    for (const text of ["one", "two", "three", "four"]) {
      const loader = loaderOf(directory);
      await loader.recover();
      await take(loader, await drop(directory, text));
      assertEquals(await recovered(directory), [text]);
    }
  }));

Deno.test("slots that another program has filled are recovered by time", () =>
  inDirectory(async (directory) => {
    for (const [slot, time] of [["data00", 1000], ["data01", 2000]] as const) {
      await Deno.mkdir(`${directory}/${slot}`);
      await Deno.writeTextFile(`${directory}/${slot}/data.db`, slot);
      await Deno.utime(`${directory}/${slot}/data.db`, time, time);
    }
    assertEquals(await recovered(directory), ["data01", "data00"]);
    const [newest] = await loaderOf(directory).recover();
    assertEquals(newest.sum, md5("data01"));
  }));

Deno.test("a copy that a crash cut short is removed and does not count", () =>
  inDirectory(async (directory) => {
    await Deno.mkdir(`${directory}/data01`);
    await Deno.writeTextFile(`${directory}/data01/data.db.part`, "hal");
    await Deno.writeTextFile(`${directory}/data01/slot.json`, "{");
    assertEquals(await recovered(directory), []);
    assertEquals(await filesBelow(directory), ["data01/slot.json"]);
  }));

Deno.test("a rejected file is put aside with the reason, and three are kept", () =>
  inDirectory(async (directory) => {
    const loader = loaderOf(directory);
    await loader.recover();
    await take(loader, await drop(directory, "good"));
    for (let n = 1; n <= 5; n++) {
      const file = await loader.stage(await drop(directory, `bad ${n}`));
      const path = await loader.reject(file, `reason ${n}`);
      assertEquals(await Deno.readTextFile(path), `bad ${n}`);
      const told = await Deno.readTextFile(`${path}.reason.txt`);
      assert(told.startsWith(`reason ${n}\n20`), told);
    }
    const names = await filesBelow(`${directory}/rejected`);
    assertEquals(names.length, 6);
    const texts = await Promise.all(
      names.map((name) => Deno.readTextFile(`${directory}/rejected/${name}`)),
    );
    assert(texts.includes("bad 3") && texts.includes("bad 5"), texts.join());
    assertEquals(await recovered(directory), ["good"]);
    const next = await loader.stage(await drop(directory, "next"));
    assertEquals(next.destination, `${directory}/data01/data.db`);
    (await loader.guard(next)).close();
  }));

Deno.test("a file that was replaced after its verification is not taken", () =>
  inDirectory(async (directory) => {
    const loader = loaderOf(directory);
    await loader.recover();
    const file = await drop(directory, "one");
    await Deno.writeTextFile(file.path, "another");
    await assertRejects(() => loader.stage(file), FileChangedError);
    assertEquals(await Deno.readTextFile(file.path), "another");
    assertEquals(await recovered(directory), []);
  }));

Deno.test("a sum that was dropped meanwhile is not removed", () =>
  inDirectory(async (directory) => {
    const loader = loaderOf(directory, {
      beforeStep(step) {
        if (step !== "take the sum away") return;
        Deno.writeTextFileSync(file.path, "two");
        Deno.writeTextFileSync(file.sumPath!, md5("two"));
      },
    });
    await loader.recover();
    const file = await drop(directory, "one");
    const loaded = await take(loader, file);
    assertEquals(await Deno.readTextFile(loaded.path), "one");
    assertEquals(await Deno.readTextFile(file.sumPath!), md5("two"));
  }));

Deno.test("a sum that a crash has left behind is removed, and no other", () =>
  inDirectory(async (directory) => {
    const loader = loaderOf(directory);
    await loader.recover();
    const { path, sumPath = "" } = await drop(directory, "one");
    const identity = (await identify(path))!;
    await take(loader, { path, sumPath, sum: md5("one"), identity });
    for (const [sum, left] of [["one", false], ["two", true]] as const) {
      await Deno.writeTextFile(sumPath, md5(sum));
      await recovered(directory);
      assertEquals(await identify(sumPath) !== undefined, left, sum);
    }
    // The same data once more, dropped while nobody was there.
    await drop(directory, "one");
    await recovered(directory);
    assert(await identify(sumPath) !== undefined);
  }));

Deno.test("what is dropped while a copy is made stays where it is", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    const loader = loaderOf(directory, {
      beforeStep(step) {
        if (step !== "take the original away") return;
        Deno.removeSync(path);
        Deno.writeTextFileSync(path, "two");
      },
    });
    await loader.recover();
    await Deno.writeTextFile(`${directory}/elsewhere`, "one");
    await Deno.chmod(`${directory}/elsewhere`, 0o400);
    await Deno.symlink(`${directory}/elsewhere`, path);
    const identity = (await identify(path))!;
    const file = await take(loader, { path, sum: md5("one"), identity });
    assertEquals(await Deno.readTextFile(file.path), "one");
    assertEquals(await Deno.readTextFile(path), "two");
  }));

Deno.test("a symbolic link's target is copied, and stays", () =>
  inDirectory(async (directory) => {
    const loader = loaderOf(directory);
    await loader.recover();
    const target = `${directory}/elsewhere`;
    await Deno.writeTextFile(target, "one");
    await Deno.symlink(target, `${directory}/data.db`);
    const path = `${directory}/data.db`;
    const identity = (await identify(path))!;
    const file = await take(loader, { path, sum: md5("one"), identity });
    assertEquals((await Deno.lstat(file.path)).isFile, true);
    assertEquals(await filesBelow(directory), [
      "data00/data.db",
      "data00/slot.json",
      "elsewhere",
    ]);
    assertEquals(await recovered(directory), ["one"]);
  }));

Deno.test({
  name: "a file on another file system is copied",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inDirectory(async (directory) => {
      const elsewhere = await Deno.makeTempDir({ dir: "/dev/shm" });
      try {
        const [here, there] = await Promise.all(
          [directory, elsewhere].map((path) => Deno.stat(path)),
        );
        if (here.dev === there.dev) {
          console.log("skipped: /dev/shm is on the same file system");
          return;
        }
        const loader = loaderOf(directory);
        await loader.recover();
        const file = await take(loader, await drop(elsewhere, "one"));
        assertEquals(await filesBelow(elsewhere), []);
        const [again] = await loaderOf(directory).recover();
        assertEquals(again, file);
      } finally {
        await Deno.remove(elsewhere, { recursive: true });
      }
    }),
});

for (const linked of [false, true]) {
  const step = linked ? "copy the new file" : "rename the new file";
  Deno.test(`a log that appears when it comes to "${step}" is noticed, and the file stays`, () =>
    inDirectory(async (directory) => {
      const database = new DatabaseSync(`${directory}/made.db`);
      database.exec(`
        PRAGMA journal_mode = WAL;
        CREATE TABLE kv (key TEXT PRIMARY KEY, value);
        PRAGMA wal_checkpoint(TRUNCATE);
        INSERT INTO kv VALUES ('k', 'in the log');
      `);
      const path = `${directory}/data.db`;
      const data = await Deno.readFile(`${directory}/made.db`);
      const log = await Deno.readFile(`${directory}/made.db-wal`);
      database.close();
      await Deno.writeFile(linked ? `${directory}/real.db` : path, data);
      if (linked) await Deno.symlink("real.db", path);
      const base = `${directory}/base`;
      const loader = new SlotLoader(base, {
        beforeStep(now) {
          if (now === step) Deno.writeFileSync(`${path}-wal`, log);
        },
      });
      await loader.recover();
      const identity = (await identify(path))!;
      const file = { path, sum: "0".repeat(32), identity };
      await assertRejects(() => loader.stage(file), FileChangedError);
      assertEquals(await Deno.readFile(path), data);
      assertEquals((await Deno.lstat(path)).isSymlink, linked);
      assertEquals(
        (await filesBelow(base)).filter((name) => name.includes("data.db")),
        [],
      );
    }));
}

/** A note as former versions wrote it. */
async function writeFormerNote(
  slot: string,
  text: string,
  sequence: number,
  source: string,
): Promise<void> {
  const { size, mtime, dev, ino } = (await identify(`${slot}/data.db`) ??
    await identify(`${slot}/data.db.new`))!;
  const note = { sequence, sum: md5(text), size, mtime, dev, ino, source };
  await Deno.writeTextFile(
    `${slot}/slot.json`,
    JSON.stringify({ ...note, sumPath: `${source}.md5` }),
  );
}

Deno.test("slots of a former version are recovered, and what it kept is kept", () =>
  inDirectory(async (directory) => {
    for (const [n, text] of ["two", "one"].entries()) {
      const slot = `${directory}/data0${n}`;
      await Deno.mkdir(slot);
      await Deno.writeTextFile(`${slot}/data.db`, text);
      await writeFormerNote(slot, text, 8 - n, `${directory}/data.db`);
    }
    const loader = loaderOf(directory);
    const [newest] = await loader.recover();
    await loader.place(newest);
    await loader.settle();
    assertEquals(await recovered(directory), ["two", "one"]);
    const next = await take(loader, await drop(directory, "three"));
    assertEquals(next.path, `${directory}/data01/data.db`);
    assertEquals(await recovered(directory), ["three"]);
  }));

Deno.test("what a former version had not looked at yet is put back", () =>
  inDirectory(async (directory) => {
    const slot = `${directory}/data01`;
    await Deno.mkdir(slot);
    await Deno.writeTextFile(`${slot}/data.db.new`, "two");
    await writeFormerNote(slot, "two", 2, `${directory}/data.db`);
    assertEquals(await recovered(directory), []);
    assertEquals(await Deno.readTextFile(`${directory}/data.db`), "two");
  }));

Deno.test("what was changed while nobody served it counts less than what was not", () =>
  inDirectory(async (directory) => {
    const loader = loaderOf(directory, { keepPrevious: true });
    await loader.recover();
    await take(loader, await drop(directory, "one"));
    const { path } = await take(loader, await drop(directory, "two"));
    const { atime, mtime } = await Deno.stat(path);
    await Deno.writeTextFile(path, "TWO");
    await Deno.utime(path, atime!, mtime!);
    assertEquals(await recovered(directory), ["one", "TWO"]);
  }));
