import { assert, assertEquals } from "@std/assert";
import { FileWatcher, type WatchMode } from "../../src/watcher/file_watcher.ts";
import { sumOf } from "../../src/watcher/sum.ts";
import type { VerifiedFile } from "../../src/watcher/watcher.ts";
import { withLogs } from "../logs.ts";
import { inDirectory, md5, until } from "../temporary.ts";

/** Watches `data.db` in a directory, for as long as the test runs. */
function watching(
  mode: WatchMode,
  test: (
    path: string,
    seen: VerifiedFile[],
    logs: string[],
    watcher: FileWatcher,
  ) => Promise<void>,
  interval = 100,
): () => Promise<void> {
  return () =>
    inDirectory((directory) =>
      withLogs(async (logs) => {
        const path = `${directory}/data.db`;
        const watcher = new FileWatcher({ path, mode, interval });
        const stop = new AbortController();
        const seen: VerifiedFile[] = [];
        const watch = (async () => {
          for await (const file of watcher.watch(stop.signal)) seen.push(file);
        })();
        try {
          await test(path, seen, logs, watcher);
        } finally {
          stop.abort();
          await watch;
        }
      })
    );
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

Deno.test(
  "md5: a file is seen when its sum is there and right",
  watching("md5", async (path, seen) => {
    await Deno.writeTextFile(path, "one");
    await pause(300);
    assertEquals(seen, []);
    await Deno.writeTextFile(`${path}.md5`, `${md5("one")}  data.db\n`);
    await until("seen", () => seen.length === 1);
    assertEquals(seen[0].path, path);
    assertEquals(seen[0].sumPath, `${path}.md5`);
    assertEquals(seen[0].sum, md5("one"));
    assertEquals(seen[0].identity.size, 3);
  }),
);

Deno.test(
  "md5: the sum may come first",
  watching("md5", async (path, seen) => {
    await Deno.writeTextFile(`${path}.md5`, md5("one").toUpperCase());
    await Deno.writeTextFile(path, "one");
    await until("seen", () => seen.length === 1);
    assertEquals(seen[0].sum, md5("one"));
  }),
);

Deno.test(
  "an event is noticed at once, long before the interval ends",
  watching("md5", async (path, seen) => {
    await pause(100);
    await Deno.writeTextFile(`${path}.md5`, md5("one"));
    await Deno.writeTextFile(path, "one");
    await until("seen", () => seen.length === 1, 5000);
  }, 60_000),
);

Deno.test(
  "md5: a wrong sum is told once, and the right one mends it",
  watching("md5", async (path, seen, logs) => {
    await Deno.writeTextFile(path, "one");
    await Deno.writeTextFile(`${path}.md5`, md5("two"));
    await until("told", () => logs.length > 0);
    await pause(500);
    assertEquals(logs.length, 1);
    assert(logs[0].startsWith("warning: "), logs[0]);
    for (const part of [path, md5("one"), md5("two")]) {
      assert(logs[0].includes(part), logs[0]);
    }
    assertEquals(seen, []);
    await Deno.writeTextFile(`${path}.md5`, md5("one"));
    await until("seen", () => seen.length === 1);
  }),
);

Deno.test(
  "md5: a sum file that holds no sum is told once",
  watching("md5", async (path, seen, logs) => {
    await Deno.writeTextFile(path, "one");
    await Deno.writeTextFile(`${path}.md5`, "not a sum\n");
    await until("told", () => logs.length > 0);
    await pause(300);
    assertEquals(logs.length, 1);
    assertEquals(logs, [
      `warning: ${path}.md5 holds no MD5 sum: ${path} is left alone`,
    ]);
    assertEquals(seen, []);
  }),
);

Deno.test(
  "md5: a missing sum is told once the file is at rest",
  watching("md5", async (path, seen, logs) => {
    await Deno.writeTextFile(path, "one");
    await until("told", () => logs.length > 0);
    assertEquals(logs, [`warning: ${path} is here: waiting for ${path}.md5`]);
    assertEquals(seen, []);
  }),
);

Deno.test(
  "md5: nothing is said while a file with its sum is still growing",
  watching("md5", async (path, seen, logs) => {
    const whole = "0123456789".repeat(10);
    await Deno.writeTextFile(`${path}.md5`, md5(whole));
    for (let end = 10; end <= whole.length; end += 10) {
      await Deno.writeTextFile(path, whole.slice(0, end));
      await pause(60);
    }
    await until("seen", () => seen.length === 1);
    assertEquals(seen[0].sum, md5(whole));
    assertEquals(logs, []);
  }),
);

Deno.test(
  "a file that is replaced is seen again; one that is not is not",
  watching("md5", async (path, seen) => {
    for (const text of ["one", "two"]) {
      await Deno.writeTextFile(`${path}.md5`, md5(text));
      await Deno.writeTextFile(`${path}.part`, text);
      await Deno.rename(`${path}.part`, path);
      await until(text, () => seen.at(-1)?.sum === md5(text));
    }
    await pause(400);
    assertEquals(seen.length, 2);
  }),
);

Deno.test(
  "simple: a file is seen when it has stopped changing",
  watching("simple", async (path, seen) => {
    for (let n = 1; n <= 8; n++) {
      await Deno.writeTextFile(path, "x".repeat(n));
      await pause(100);
      assertEquals(seen, []);
    }
    await until("seen", () => seen.length === 1);
    assertEquals(seen[0].identity.size, 8);
    assertEquals(seen[0].sum, md5("x".repeat(8)));
    assertEquals(seen[0].sumPath, undefined);
  }),
);

Deno.test(
  "a directory at the path is told once, and is not a file",
  watching("simple", async (path, seen, logs) => {
    await Deno.mkdir(path);
    await until("told", () => logs.length > 0);
    await pause(300);
    assertEquals(logs, [`warning: ${path} is not a regular file: ignored`]);
    assertEquals(seen, []);
    await Deno.remove(path);
    await Deno.writeTextFile(path, "one");
    await until("seen", () => seen.length === 1);
  }),
);

Deno.test(
  "a watched directory may be removed and made again",
  watching("simple", async (path, seen) => {
    const directory = path.slice(0, path.lastIndexOf("/"));
    await pause(150);
    await Deno.remove(directory, { recursive: true });
    await pause(250);
    await Deno.mkdir(directory);
    await Deno.writeTextFile(path, "one");
    await until("seen", () => seen.length === 1);
  }),
);

Deno.test(
  "a file that is forgotten is seen once more",
  watching("simple", async (path, seen, _logs, watcher) => {
    await Deno.writeTextFile(path, "one");
    await until("seen", () => seen.length === 1);
    watcher.forget();
    await until("seen again", () => seen.length === 2);
    assertEquals(seen[0], seen[1]);
  }),
);

Deno.test("a file that was at rest long before is taken at the first look", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    await Deno.writeTextFile(path, "one");
    const past = new Date(Date.now() - 60_000);
    await Deno.utime(path, past, past);
    const watcher = new FileWatcher({ path, mode: "simple" });
    const file = await watcher.look(new AbortController().signal);
    assertEquals(file?.sum, md5("one"));
  }));

Deno.test(
  "simple: a file that grows is not taken, however wrong the clocks are",
  watching("simple", async (path, seen) => {
    await pause(50);
    for (let n = 1; n <= 8; n++) {
      await Deno.writeTextFile(path, "x".repeat(n));
      const wrong = new Date(Date.now() + (n - 4) * 3_600_000);
      await Deno.utime(path, wrong, wrong);
      await pause(100);
      assertEquals(seen, []);
    }
    await until("seen", () => seen.length === 1);
    assertEquals(seen[0].sum, md5("x".repeat(8)));
  }),
);

Deno.test({
  name: "a pipe in the place of a file is told, and nobody waits for it",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inDirectory((directory) =>
      withLogs(async (logs) => {
        const path = `${directory}/data.db`;
        const watcher = new FileWatcher({ path, mode: "md5" });
        const { signal } = new AbortController();
        const makePipe = (path: string) =>
          new Deno.Command("mkfifo", { args: [path] }).output();
        await makePipe(path);
        assertEquals(await watcher.look(signal), undefined);
        await Deno.remove(path);
        await Deno.writeTextFile(path, "one");
        await makePipe(`${path}.md5`);
        await until("told", async () => {
          assertEquals(await watcher.look(signal), undefined);
          return logs.length === 2;
        });
        assert(logs[0].includes("data.db is not a regular file"), logs[0]);
        assert(logs[1].includes("data.db.md5 is not a regular file"), logs[1]);
        await Deno.remove(`${path}.md5`);
        await Deno.writeTextFile(`${path}.md5`, md5("one"));
        assertEquals((await watcher.look(signal))?.sum, md5("one"));
      })
    ),
});

Deno.test({
  name: "one who is told to look does not wait for the interval",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inDirectory(async (directory) => {
      const path = `${directory}/data.db`;
      // Beside a pipe no events are waited for: only the interval is left.
      await new Deno.Command("mkfifo", { args: [`${path}.md5`] }).output();
      const watcher = new FileWatcher({
        path,
        mode: "md5",
        interval: 86_400_000,
      });
      const stop = new AbortController();
      const files = watcher.watch(stop.signal)[Symbol.asyncIterator]();
      const first = files.next();
      await new Promise((resolve) => setTimeout(resolve, 100));
      await Deno.remove(`${path}.md5`);
      await Deno.writeTextFile(path, "one");
      await Deno.writeTextFile(`${path}.md5`, md5("one"));
      watcher.lookNow();
      assertEquals((await first).value?.sum, md5("one"));
      stop.abort();
      await files.return?.();
    }),
});

Deno.test("sums are those of RFC 1321 and FIPS 180-4", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/abc`;
    await Deno.writeTextFile(path, "abc");
    assertEquals(await sumOf(path, "md5"), "900150983cd24fb0d6963f7d28e17f72");
    assertEquals(
      await sumOf(path, "sha256"),
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  }));
