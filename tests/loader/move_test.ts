/** What somebody does to a file while it is brought to its slot. */

import { assert, assertEquals, assertRejects } from "@std/assert";
import { dirname } from "node:path";
import { FileChangedError } from "../../src/loader/loader.ts";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import type { VerifiedFile } from "../../src/watcher/watcher.ts";
import { filesBelow, inDirectory, md5 } from "../temporary.ts";

const linux = Deno.build.os === "linux";

function moveTest(
  name: string,
  test: (base: string, path: string) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore: !linux,
    fn: () =>
      inDirectory(async (directory) => {
        await Deno.mkdir(`${directory}/drops`);
        await test(`${directory}/base`, `${directory}/drops/data.db`);
      }),
  });
}

async function loaderOf(
  base: string,
  path: string,
  beforeStep?: (step: string) => void,
): Promise<SlotLoader> {
  const loader = new SlotLoader(base, { sources: [path], beforeStep });
  await loader.recover();
  return loader;
}

async function dropped(path: string, text: string): Promise<VerifiedFile> {
  await Deno.writeTextFile(path, text);
  return { path, sum: md5(text), identity: (await identify(path))! };
}

/** Waits in one thread while other processes go on. */
function wait(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

moveTest(
  "a file that is ours alone is moved, and not copied",
  async (base, path) => {
    const steps: string[] = [];
    const loader = await loaderOf(base, path, (step) => void steps.push(step));
    const file = await dropped(path, "one");
    const staged = await loader.stage(file);
    assertEquals((await Deno.stat(staged.path)).ino, file.identity.ino);
    assert(!steps.includes("copy the new file"), steps.join());
    (await loader.guard(staged)).close();
  },
);

moveTest(
  "one who opens it just before it is moved writes to what he has opened",
  async (base, path) => {
    let writer: Deno.ChildProcess | undefined;
    const loader = await loaderOf(base, path, (step) => {
      if (step !== "rename the new file") return;
      writer = new Deno.Command("sh", {
        args: ["-c", `printf three > ${path}`],
      }).spawn();
      wait(500); // It has found the file, and waits.
    });
    const file = await dropped(path, "one");
    await assertRejects(() => loader.stage(file), FileChangedError);
    assertEquals((await writer!.status).success, true);
    assertEquals(await Deno.readTextFile(path), "three");
    assertEquals(await filesBelow(base), []);
  },
);

moveTest(
  "a file that a process has mapped to write to it is copied",
  async (base, path) => {
    const file = await dropped(path, "one ".repeat(1000));
    const script = `
import mmap, os, sys
f = open(sys.argv[1], "r+b"); m = mmap.mmap(f.fileno(), 0); f.close()
print("mapped", flush=True); sys.stdin.readline()
m[0:4] = b"harm"; m.flush(); print("written", flush=True); sys.stdin.readline()
`;
    const python = new Deno.Command("python3", {
      ...{ args: ["-c", script, path], stdin: "piped", stdout: "piped" },
    });
    let process: Deno.ChildProcess;
    try {
      process = python.spawn();
    } catch {
      return console.log("skipped: python3 is not there");
    }
    const output = process.stdout.pipeThrough(new TextDecoderStream())
      .getReader();
    const input = process.stdin.getWriter();
    const says = async (word: string) => {
      for (let said = ""; !said.includes(word);) {
        const { value, done } = await output.read();
        assert(!done, `it ended before it said ${word}`);
        said += value;
      }
    };
    await says("mapped");
    const loader = await loaderOf(base, path);
    const identity = (await identify(path))!;
    const staged = await loader.place(
      await loader.stage({ ...file, identity }),
    );
    await input.write(new TextEncoder().encode("\n"));
    await says("written");
    assertEquals(await Deno.readTextFile(staged.path), "one ".repeat(1000));
    await input.close();
    await output.cancel();
    await process.status;
  },
);

moveTest(
  "a copy that is not what was verified is not taken",
  async (base, path) => {
    const loader = await loaderOf(base, path, (step) => {
      if (step !== "look at the original of the copy") return;
      Deno.writeTextFileSync(`${base}/data00/data.db.part`, "two");
    });
    const file = await dropped(path, "one");
    await Deno.link(path, `${path}.link`);
    const identity = (await identify(path))!;
    await assertRejects(
      () => loader.stage({ ...file, identity }),
      FileChangedError,
    );
    assertEquals(await Deno.readTextFile(path), "one");
    assertEquals(await filesBelow(base), []);
  },
);

moveTest(
  "without a sum, what somebody still writes to stays where it is",
  async (base, path) => {
    const loader = await loaderOf(base, path);
    const file = await dropped(path, "one");
    using writer = await Deno.open(path, { append: true });
    const taken = await loader.place(await loader.stage(file));
    assertEquals(await Deno.readTextFile(taken.path), "one");
    await writer.write(new TextEncoder().encode(" more"));
    assertEquals(await Deno.readTextFile(path), "one more");
    assertEquals(await Deno.readTextFile(taken.path), "one");
  },
);

moveTest("with a sum, it goes, like any other", async (base, path) => {
  const loader = await loaderOf(base, path);
  const file = await dropped(path, "one");
  const sumPath = `${path}.md5`;
  await Deno.writeTextFile(sumPath, file.sum);
  using _writer = await Deno.open(path, { append: true });
  await loader.place(await loader.stage({ ...file, sumPath }));
  assertEquals(await filesBelow(dirname(path)), []);
});
