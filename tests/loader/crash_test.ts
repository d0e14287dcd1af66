import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import { filesBelow, inDirectory, md5 } from "../temporary.ts";

const process = fileURLToPath(new URL("./crash_process.ts", import.meta.url));

/** Runs the process up to a step. @returns whether it got to its end. */
async function crashAt(
  step: number,
  basedir: string,
  dropdir: string,
): Promise<boolean> {
  const { success, signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", process, basedir, dropdir, String(step)],
    stdout: "null",
    stderr: "null",
  }).output();
  assert(success || signal === "SIGKILL");
  return success;
}

/** Crashes before each step in turn; @returns how many there were. */
async function crashEverywhere(
  inDropDirectory: (test: (path: string) => Promise<void>) => Promise<void>,
): Promise<number> {
  let step = 0, finished = false;
  while (!finished) {
    step++;
    await inDirectory((basedir) =>
      inDropDirectory(async (dropdir) => {
        const first = new SlotLoader(basedir);
        await first.recover();
        const path = `${dropdir}/data.db`;
        await Deno.writeTextFile(path, '{"n":"one"}');
        const identity = (await identify(path))!;
        const sum = md5('{"n":"one"}');
        await first.settle(await first.stage({ path, sum, identity }));

        finished = await crashAt(step, basedir, dropdir);
        const found = await new SlotLoader(basedir).recover();
        assert(found.length > 0, `nothing is left before step ${step}`);
        const texts = await Promise.all(
          found.map(({ path }) => Deno.readTextFile(path)),
        );
        // A file that was verified but not yet opened may be there as well.
        const sound = texts.filter((text) => text !== '{"n":');
        assert(
          /^\{"n":"(one|two|three)"\}$/.test(sound[0]),
          `step ${step}: ${texts}`,
        );
        for (const [n, { sum }] of found.entries()) {
          assertEquals(sum, md5(texts[n]), `step ${step}`);
        }
        assertEquals(
          (await filesBelow(basedir)).filter((name) => name.endsWith(".part")),
          [],
        );
      })
    );
  }
  return step - 1;
}

Deno.test("a crash before any step leaves a whole data set", async () => {
  const steps = await crashEverywhere((test) => inDirectory(test));
  assert(steps >= 15, `${steps} steps`);
  console.log(`killed before each of ${steps} steps`);
});

Deno.test("nor does one while a file is copied from elsewhere", async () => {
  const [here, there] = await Promise.all(
    [Deno.makeTempDir(), Deno.makeTempDir({ dir: "/dev/shm" })].map(
      async (made) => {
        const path = await made;
        const { dev } = await Deno.stat(path);
        await Deno.remove(path);
        return dev;
      },
    ),
  );
  if (here === there) {
    console.log("skipped: /dev/shm is on the same file system");
    return;
  }
  const steps = await crashEverywhere(async (test) => {
    const path = await Deno.makeTempDir({ dir: "/dev/shm" });
    try {
      await test(path);
    } finally {
      await Deno.remove(path, { recursive: true });
    }
  });
  assert(steps >= 20, `${steps} steps`);
  console.log(`killed before each of ${steps} steps`);
});
