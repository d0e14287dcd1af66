/** What a database does when somebody changes the file that it serves. */

import { assert, assertEquals } from "@std/assert";
import { Database } from "../../src/handler/database.ts";
import { SimpleHandler } from "../../src/handler/simple.ts";
import { Guard } from "../../src/loader/guard.ts";
import { HeldFile } from "../../src/loader/held_file.ts";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { FILE_CHANGES } from "../../src/protocol/counters.ts";
import { dataState } from "../../src/protocol/data_state.ts";
import { JsonStorage } from "../../src/storage/json/json.ts";
import type {
  OpenOptions,
  SharedData,
  Storage,
} from "../../src/storage/storage.ts";
import { identify, type VerifiedFile } from "../../src/watcher/mod.ts";
import { get } from "../fixtures.ts";
import { withLogs } from "../logs.ts";
import { filesBelow, inDirectory, md5 } from "../temporary.ts";

/** Opens files when it may, as if they were read where they lie. */
class SlowStorage extends JsonStorage implements Storage {
  mayOpen: Promise<void> = Promise.resolve();
  isOpening = () => {};

  override async open(path: string, options: OpenOptions): Promise<SharedData> {
    this.isOpening();
    await this.mayOpen;
    return { ...await super.open(path, options), inMemory: false };
  }
}

interface Served {
  directory: string;
  database: Database;
  storage: SlowStorage;
  logs: string[];
  drop(value: string): Promise<VerifiedFile>;
  value(): string | undefined;
}

function mendingTest(
  name: string,
  test: (served: Served) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: Deno.build.os !== "linux",
    fn: () =>
      inDirectory((directory) =>
        withLogs(async (logs) => {
          const storage = new SlowStorage();
          const handler = new SimpleHandler(storage);
          const path = `${directory}/data.db`;
          const loader = new SlotLoader(directory, { sources: [path] });
          const targets = [handler];
          const database = new Database({ storage, loader, targets });
          await database.recover();
          await test({
            ...{ directory, database, storage, logs },
            async drop(value) {
              const text = JSON.stringify({ a: value });
              await Deno.writeTextFile(path, text);
              const identity = (await identify(path))!;
              return { path, sum: md5(text), identity };
            },
            value() {
              const { snapshot } = handler.current ?? {};
              const found = snapshot &&
                get(snapshot.find.bind(snapshot), new Uint8Array([97]));
              return found && new TextDecoder().decode(found);
            },
          });
          database.close();
        })
      ),
  });
}

mendingTest(
  "a file that is lost while the next is opened costs neither",
  async (s) => {
    await s.database.load(await s.drop("one"));
    const opening = Promise.withResolvers<void>();
    const gate = Promise.withResolvers<void>();
    const loading = s.drop("two").then((file) => {
      s.storage.isOpening = opening.resolve;
      s.storage.mayOpen = gate.promise;
      return s.database.load(file);
    });
    await opening.promise;
    await Deno.remove(`${s.directory}/data00/data.db`);
    s.storage.mayOpen = Promise.resolve(); // The copy opens at once.
    await s.database.look();
    assertEquals(s.value(), "one");
    assertEquals(
      await Deno.readTextFile(`${s.directory}/data00/data.db`),
      '{"a":"one"}',
    );
    gate.resolve();
    assertEquals(await loading, true);
    assertEquals(s.value(), "two");
    assertEquals(await filesBelow(s.directory), [
      "data01/data.db",
      "data01/slot.json",
    ]);
  },
);

mendingTest(
  "a change that is found again and again is told once",
  async (s) => {
    await s.database.load(await s.drop("one"));
    const slot = `${s.directory}/data00`;
    // No copy can be made.
    await Deno.mkdir(`${slot}/data.db.whole`);
    await Deno.writeTextFile(`${slot}/data.db.whole/x`, "");
    await Deno.remove(`${slot}/data.db`);
    for (let looks = 0; looks < 3; looks++) await s.database.look();
    assertEquals(s.value(), "one");
    assertEquals(s.database.counters[FILE_CHANGES], 1);
    assertEquals(dataState(s.database.counters), "memory");
    const told = s.logs.filter((line) => line.includes("is gone"));
    assertEquals(told.length, 1, s.logs.join("\n"));
    assert(told[0].startsWith("error: "), told[0]);
    await Deno.remove(`${slot}/data.db.whole`, { recursive: true });
    await s.database.load(await s.drop("one"));
    assertEquals(dataState(s.database.counters), "intact");
  },
);

mendingTest("a new owner, mode, time or name is no change", async (s) => {
  await s.database.load(await s.drop("one"));
  const path = `${s.directory}/data00/data.db`;
  const deeds = [
    () => Deno.chmod(path, 0o600),
    () => Deno.utime(path, 1, 1),
    () => Deno.link(path, `${path}.link`),
  ];
  for (const does of deeds) {
    await does();
    await s.database.look();
  }
  assertEquals(s.database.counters[FILE_CHANGES], 0);
});

mendingTest(
  "a copy made in haste that is not what was loaded is found out",
  async ({ directory }) => {
    const path = `${directory}/copy`;
    await Deno.writeTextFile(path, "damaged");
    const held = await HeldFile.open(path);
    await held.lease();
    const guard = await Guard.over(path, md5("loaded"), held);
    assertEquals(await guard.look(), undefined);
    assertEquals(await guard.isUnwritten(), true);
    guard.checkLater();
    assertEquals(await guard.isUnwritten(), false);
    assertEquals(await guard.look(), "was changed");
    guard.close();
    const good = await Guard.over(
      path,
      md5("damaged"),
      await HeldFile.open(path),
    );
    good.checkLater();
    assertEquals(await good.look(), undefined);
    good.close();
  },
);
