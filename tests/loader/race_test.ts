/**
 * Whoever drops files does so whenever they like: between any two steps of a
 * load, and with a crash after it, the data set that was dropped last is served
 * in the end.
 */

import { assert, assertEquals } from "@std/assert";
import { Database } from "../../src/handler/database.ts";
import { SimpleHandler } from "../../src/handler/simple.ts";
import { FileChangedError } from "../../src/loader/loader.ts";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { JsonStorage } from "../../src/storage/json/json.ts";
import { Value } from "../../src/storage/storage.ts";
import { FileWatcher } from "../../src/watcher/file_watcher.ts";
import { filesBelow, inDirectory, md5 } from "../temporary.ts";

/** All of one length: only the content tells them apart. */
const [ONE, TWO, SIX] = ["one", "two", "six"].map((n) => `{"n":"${n}"}`);

const KEY = new TextEncoder().encode("n");
const decoder = new TextDecoder();

class Crash extends Error {}

/** How a file is dropped: in the last two cases, it is copied. */
type How = "alone" | "behind a symbolic link" | "with another name";

/** When, in steps of the load of a file, what happens. */
interface Plan {
  /** The halves of the next drop. */
  halves: readonly string[];
  at: [number, number];
  /** The process ends. */
  crash?: number;
  /** The file that is loaded meanwhile: "two", or "one", which is served. */
  loaded: string;
  /** How it has been dropped. */
  how: How;
  /** What is dropped: "six", or the same once more. */
  next: string;
}

/** A process that serves what is dropped. */
class Process {
  readonly #database: Database;
  readonly #handler: SimpleHandler;
  readonly #watcher: FileWatcher;

  constructor(directory: string, beforeStep?: (step: string) => void) {
    const storage = new JsonStorage();
    this.#handler = new SimpleHandler(storage);
    this.#database = new Database({
      storage,
      targets: [this.#handler],
      loader: new SlotLoader(`${directory}/base`, {
        sources: [`${directory}/drops/data.db`],
        beforeStep,
      }),
    });
    this.#watcher = new FileWatcher({
      path: `${directory}/drops/data.db`,
      mode: "md5",
    });
  }

  async start(): Promise<void> {
    await this.#database.recover();
  }

  /** Looks once, and loads what it sees. */
  async look(): Promise<void> {
    const file = await this.#watcher.look(new AbortController().signal);
    if (file === undefined) return;
    try {
      await this.#database.load(file);
    } catch (error) {
      if (!(error instanceof FileChangedError)) throw error;
    }
  }

  /** The value of the only key. */
  get served(): string | undefined {
    const value = new Value();
    const found = this.#handler.current?.snapshot.find(KEY, 0, 1, value);
    if (!found) return undefined;
    return decoder.decode(value.bytes.subarray(value.start, value.end));
  }

  close(): void {
    this.#database.close();
  }
}

/** Runs a plan. @returns how many steps the load and what follows has. */
async function run(
  { halves, at, crash, loaded, how, next }: Plan,
): Promise<number> {
  let steps = 0;
  await inDirectory(async (directory) => {
    const drops = `${directory}/drops`;
    for (const name of ["base", "drops", "next"]) {
      await Deno.mkdir(`${directory}/${name}`);
    }
    await write(`${directory}/next`, next, 3000);
    const dropHalf = (n: number) => {
      const name = halves[n];
      Deno.renameSync(`${directory}/next/${name}`, `${drops}/${name}`);
    };
    const first = new Process(directory, () => {
      if (!counting) return;
      steps++;
      for (const n of [0, 1]) if (at[n] === steps) dropHalf(n);
      // What comes after a crash does not happen, either.
      if (crash !== undefined && steps >= crash) throw new Crash();
    });
    let counting = false;
    await first.start();
    await write(drops, ONE, 1000);
    await first.look();
    assertEquals(first.served, "one");

    if (how === "alone") await write(drops, loaded, 2000);
    else {
      const path = `${directory}/next/loaded`;
      await write(path, loaded, 2000);
      await (how === "with another name"
        ? Deno.link(`${path}/data.db`, `${drops}/data.db`)
        : Deno.symlink("../next/loaded/data.db", `${drops}/data.db`));
      await Deno.writeTextFile(`${drops}/data.db.md5`, md5(loaded));
    }
    counting = true;
    await first.look().catch((error) => assert(error instanceof Crash));
    const crashed = crash !== undefined && steps >= crash;
    const before = first.served;
    assert(before === "one" || before === "two", before);
    for (const n of [0, 1]) if (at[n] > steps) dropHalf(n);
    counting = false;

    const second = crashed ? new Process(directory) : first;
    if (crashed) {
      await second.start();
      assert(second.served !== undefined, "nothing is served after a crash");
      assert(before === "one" || second.served !== "one", "an older one");
    }
    for (let looks = 0; looks < 3; looks++) await second.look();
    assertEquals(`{"n":"${second.served}"}`, next);
    const left = await filesBelow(directory);
    assertEquals(
      left.filter((name) => !name.startsWith("next/loaded/")).length,
      2,
    );
    second.close();
  });
  return steps;
}

/** Puts data and its sum into a directory, with a time of change of its own. */
async function write(
  directory: string,
  text: string,
  time: number,
): Promise<void> {
  await Deno.mkdir(directory, { recursive: true });
  await Deno.writeTextFile(`${directory}/data.db`, text);
  await Deno.utime(`${directory}/data.db`, time, time);
  await Deno.writeTextFile(`${directory}/data.db.md5`, md5(text));
}

const SUM_LAST = ["data.db", "data.db.md5"];
const SUM_FIRST = ["data.db.md5", "data.db"];

everywhere("the sum last, while a file is renamed", {
  ...{ halves: SUM_LAST, loaded: TWO, how: "alone", next: SIX },
});
everywhere("the sum first, while a file is renamed", {
  ...{ halves: SUM_FIRST, loaded: TWO, how: "alone", next: SIX },
});
everywhere("the same once more, while it is renamed", {
  ...{ halves: SUM_LAST, loaded: TWO, how: "alone", next: TWO },
});
everywhere("the sum last, while a file is copied", {
  ...{ halves: SUM_LAST, loaded: TWO, how: "with another name", next: SIX },
});
everywhere("the sum first, while a file is copied", {
  ...{
    halves: SUM_FIRST,
    loaded: TWO,
    how: "behind a symbolic link",
    next: SIX,
  },
});
everywhere("the same once more, while it is copied", {
  ...{
    halves: SUM_LAST,
    loaded: TWO,
    how: "behind a symbolic link",
    next: TWO,
  },
});
everywhere("while a file is taken away that is served already", {
  ...{ halves: SUM_LAST, loaded: ONE, how: "alone", next: SIX },
});
everywhere("the same once more, while it is taken away", {
  ...{ halves: SUM_LAST, loaded: ONE, how: "alone", next: ONE },
});

function everywhere(title: string, what: Omit<Plan, "at" | "crash">): void {
  Deno.test(`what is dropped last is served: ${title}`, async () => {
    const steps = await run({ ...what, at: [Infinity, Infinity] });
    assert(steps >= (what.loaded === ONE ? 5 : 10), `${steps} steps`);
    let plans = 0;
    const attempt = async (when: Pick<Plan, "at" | "crash">) => {
      plans++;
      try {
        await run({ ...what, ...when });
      } catch (error) {
        throw new Error(JSON.stringify(when), { cause: error });
      }
    };
    for (let one = 1; one <= steps + 1; one++) {
      for (let other = one; other <= steps + 1; other++) {
        await attempt({ at: [one, other] });
        await attempt({ at: [one, one], crash: other });
      }
    }
    console.log(`${plans} plans of ${steps} steps`);
  });
}
