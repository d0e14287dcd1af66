/** What people and crashes do to files while they are being loaded. */

import { assert, assertEquals } from "@std/assert";
import { Database } from "../../src/handler/database.ts";
import { SimpleHandler } from "../../src/handler/simple.ts";
import { FileChangedError, InPlaceLoader } from "../../src/loader/loader.ts";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { createStorage } from "../../src/storage/registry.ts";
import { Value } from "../../src/storage/storage.ts";
import { FileWatcher } from "../../src/watcher/file_watcher.ts";
import { filesBelow, inDirectory, md5 } from "../temporary.ts";

const KEY = new TextEncoder().encode("n");
const decoder = new TextDecoder();
const json = (n: string) => `{"n":"${n}"}`;

class Crash extends Error {}

interface Options {
  storage?: string;
  beforeStep?: (step: string) => void;
  keepPrevious?: boolean;
  inPlace?: boolean;
}

/** Watches `drops`, keeps slots in `base`, and does what the server does. */
class Process {
  readonly database: Database;
  readonly watcher: FileWatcher;
  readonly #handler: SimpleHandler;

  constructor(directory: string, options: Options = {}) {
    const storage = createStorage(options.storage ?? "json");
    this.#handler = new SimpleHandler(storage);
    this.database = new Database({
      storage,
      targets: [this.#handler],
      loader: options.inPlace
        ? new InPlaceLoader()
        : new SlotLoader(`${directory}/base`, {
          ...options,
          sources: [`${directory}/drops/data.db`],
        }),
    });
    this.watcher = new FileWatcher({
      path: `${directory}/drops/data.db`,
      mode: "md5",
    });
  }

  /** Looks some times, with pauses in which a file settles. */
  async look(times = 1): Promise<void> {
    for (let n = 0; n < times; n++) {
      if (n > 0) await new Promise((resolve) => setTimeout(resolve, 300));
      const file = await this.watcher.look(new AbortController().signal);
      if (file === undefined) continue;
      try {
        await this.database.load(file);
      } catch (error) {
        if (!(error instanceof FileChangedError)) throw error;
        this.watcher.forget();
      }
    }
  }

  get served(): string | undefined {
    const value = new Value();
    const found = this.#handler.current?.snapshot.find(KEY, 0, 1, value);
    return found
      ? decoder.decode(value.bytes.subarray(value.start, value.end))
      : undefined;
  }
}

async function put(path: string, text: string, time = 1000): Promise<void> {
  await Deno.writeTextFile(path, text);
  await Deno.utime(path, time, time);
  await Deno.writeTextFile(`${path}.md5`, md5(text));
}

function surprise(
  name: string,
  test: (directory: string, drop: string) => Promise<void>,
): void {
  Deno.test(name, () =>
    inDirectory(async (directory) => {
      for (const name of ["base", "drops", "next"]) {
        await Deno.mkdir(`${directory}/${name}`);
      }
      await test(directory, `${directory}/drops/data.db`);
    }));
}

surprise("a file that was put aside is dropped again", async (d, drop) => {
  const process = new Process(d, { keepPrevious: true });
  await process.database.recover();
  for (const [n, name] of ["one", "two"].entries()) {
    await put(drop, json(name), 1000 + n);
    await process.look();
    assertEquals(process.served, name);
  }
  await process.database.rollBack();
  assertEquals(process.served, "one");
  await process.look(); // there is nothing
  await Deno.rename(`${d}/base/rejected/000001-data.db`, drop);
  await Deno.writeTextFile(`${drop}.md5`, md5(json("two")));
  await process.look(3);
  assertEquals(process.served, "two");
});

surprise("a symbolic link is away for a moment", async (d, drop) => {
  const target = `${d}/next/data.db`;
  let away = false;
  const process = new Process(d, {
    beforeStep(step) {
      if (away || step !== "write the note") return;
      away = true;
      Deno.removeSync(drop);
    },
  });
  await process.database.recover();
  await put(target, json("one"));
  await Deno.symlink(target, drop);
  await Deno.writeTextFile(`${drop}.md5`, md5(json("one")));
  await process.look();
  assertEquals([away, process.served], [true, undefined]);
  await Deno.symlink(target, drop);
  await process.look();
  assertEquals(process.served, "one");
});

surprise("a link leads elsewhere just while it is copied", async (d, drop) => {
  const lead = (to: string) => {
    Deno.symlinkSync(to, `${d}/link`);
    Deno.renameSync(`${d}/link`, drop);
  };
  const process = new Process(d, {
    beforeStep(step) {
      if (step === "copy the new file") lead(`${d}/other`);
      if (step === "look at the original of the copy") lead(`${d}/right`);
    },
  });
  await process.database.recover();
  await Deno.writeTextFile(`${d}/right`, json("right"));
  await Deno.writeTextFile(`${d}/other`, json("never verified"));
  lead(`${d}/right`);
  await Deno.writeTextFile(`${drop}.md5`, md5(json("right")));
  await process.look();
  assertEquals(process.served, undefined);
  assertEquals((await filesBelow(`${d}/base`)).join(), "");
});

surprise("two files of one size and time, and a crash", async (d, drop) => {
  let crashed = false;
  const process = new Process(d, {
    beforeStep(step) {
      if (crashed) throw new Crash();
      if (step === "take the original away") {
        Deno.renameSync(`${d}/next/six`, drop);
        Deno.renameSync(`${d}/next/six.md5`, `${drop}.md5`);
      } else if (step === "look at the original") {
        crashed = true;
        throw new Crash();
      }
    },
  });
  await process.database.recover();
  await put(`${d}/next/two`, json("two"), 1);
  await put(`${d}/next/six`, json("six"), 1);
  await Deno.symlink(`${d}/next/two`, drop);
  await Deno.writeTextFile(`${drop}.md5`, md5(json("two")));
  await process.look();
  const next = new Process(d);
  await next.database.recover();
  await next.look();
  assertEquals(next.served, "six");
});

surprise("a relative link is moved, and a crash", async (d, drop) => {
  const process = new Process(d, {
    beforeStep(step) {
      if (step === "rename the new file") {
        Deno.writeTextFileSync(`${d}/drops/target`, json("two"));
        Deno.symlinkSync("target", `${d}/drops/link`);
        Deno.renameSync(`${d}/drops/link`, drop);
        Deno.writeTextFileSync(`${drop}.md5`, md5(json("two")));
      } else if (step === "look at the new file") throw new Crash();
    },
  });
  await process.database.recover();
  await put(drop, json("one"));
  await process.look().catch((error) => assert(error instanceof Crash));
  const next = new Process(d);
  await next.database.recover();
  await next.look();
  assertEquals(next.served, "two");
});

surprise("a sum that cannot be removed is in nobody's way", async (d, drop) => {
  const process = new Process(d, {
    beforeStep(step) {
      if (step === "take the sum away") Deno.mkdirSync(`${drop}.md5.taken`);
    },
  });
  await process.database.recover();
  await put(drop, json("one"));
  await process.look();
  assertEquals(process.served, "one");
});

surprise("in place, what has no sum yet is not served", async (d, drop) => {
  const process = new Process(d, { inPlace: true });
  await put(drop, json("one"));
  const file = await process.watcher.look(new AbortController().signal);
  await Deno.writeTextFile(`${d}/next/data.db`, json("two"));
  await Deno.rename(`${d}/next/data.db`, drop);
  await process.database.load(file!).then(
    () => assert(false, "it was taken"),
    (error) => assert(error instanceof FileChangedError),
  );
  assertEquals(process.served, undefined);
  await Deno.writeTextFile(`${drop}.md5`, md5(json("two")));
  process.watcher.forget();
  await process.look();
  assertEquals(process.served, "two");
});

surprise("somebody's own file lies in rejected/", async (d, drop) => {
  const process = new Process(d);
  await process.database.recover();
  const own = `${d}/base/rejected/20240101-notes.txt`;
  await Deno.mkdir(`${d}/base/rejected`);
  await Deno.writeTextFile(own, "mine");
  for (let n = 1; n < 6; n++) {
    await put(drop, `{"n":${" ".repeat(n)}`, 1000 * n);
    await process.look();
  }
  assertEquals(await Deno.readTextFile(own), "mine");
  const names = await filesBelow(`${d}/base/rejected`);
  assertEquals(names.length, 7);
  assert(names.includes("000005-data.db"), names.join());
});

surprise("a wrong storage costs no data", async (d, drop) => {
  const first = new Process(d);
  await first.database.recover();
  await put(drop, json("one"));
  await first.look();
  const wrong = new Process(d, { storage: "cdb" });
  assertEquals(await wrong.database.recover(), false);
  const right = new Process(d);
  assertEquals(await right.database.recover(), true);
  assertEquals(right.served, "one");
});

surprise("slots come back from a backup, with other times", async (d, drop) => {
  const process = new Process(d, { keepPrevious: true });
  await process.database.recover();
  for (const [n, name] of ["one", "two"].entries()) {
    await put(drop, json(name), 1000 + n);
    await process.look();
  }
  process.database.close();
  const newest = `${d}/base/data01/data.db`;
  await Deno.utime(newest, 5000, 5000);
  const restored = new Process(d, { keepPrevious: true });
  await restored.database.recover();
  assertEquals(restored.served, "two");
  restored.database.close();

  // What is not what it was counts less than what is.
  await Deno.writeTextFile(newest, json("six"));
  const damaged = new Process(d, { keepPrevious: true });
  await damaged.database.recover();
  assertEquals(damaged.served, "one");
});
