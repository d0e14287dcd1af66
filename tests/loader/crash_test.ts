import { assert, assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import { filesBelow, inDirectory, md5 } from "../temporary.ts";

const process = fileURLToPath(new URL("./crash_process.ts", import.meta.url));

/** What is served, one after the other. */
const TEXTS = ["one", "two", "three"].map((n) => `{"n":"${n}"}`);

/** Runs the process up to a step. @returns whether it got to its end. */
async function crashAt(
  step: number,
  basedir: string,
  dropdir: string,
  keep: boolean,
): Promise<boolean> {
  const { success, signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", process, basedir, dropdir, String(keep), String(step)],
    stdout: "null",
    stderr: "null",
  }).output();
  assert(success || signal === "SIGKILL");
  return success;
}

/** Crashes before each step in turn; @returns how many there were. */
async function crashEverywhere(
  inDropDirectory: (test: (path: string) => Promise<void>) => Promise<void>,
  keep: boolean,
): Promise<number> {
  let step = 0, finished = false;
  while (!finished) {
    step++;
    await inDirectory((basedir) =>
      inDropDirectory(async (dropdir) => {
        const path = `${dropdir}/data.db`;
        const first = new SlotLoader(basedir, { keepPrevious: keep });
        await first.recover();
        await Deno.writeTextFile(path, TEXTS[0]);
        const identity = (await identify(path))!;
        const sum = md5(TEXTS[0]);
        await first.place(await first.stage({ path, sum, identity }));
        await first.settle();

        finished = await crashAt(step, basedir, dropdir, keep);
        const found = await new SlotLoader(basedir, { sources: [path] })
          .recover();
        const texts = await Promise.all(
          found.map(({ path }) => Deno.readTextFile(path)),
        );
        const where = `before step ${step}: ${texts}`;
        for (const [n, { sum }] of found.entries()) {
          assertEquals(sum, md5(texts[n]), where);
        }
        // What comes up is what clients have seen last, or newer.
        const served = await Deno.readTextFile(`${dropdir}/served`)
          .catch(() => "");
        const seen = TEXTS.findIndex((text) => md5(text) === served);
        const now = TEXTS.indexOf(texts[0]);
        const isRemoved = seen === 2 && now < 2 && keep;
        assert(now >= 0 && (now >= seen || isRemoved), where);
        // And behind it is the version before, as long as it is to be kept.
        if (keep && now > 0 && !isRemoved) {
          assertEquals(texts.slice(0, 2), [TEXTS[now], TEXTS[now - 1]], where);
        }
        const names = await filesBelow(basedir);
        assertEquals(names.filter((name) => /\.(part|whole)$/.test(name)), []);
        if (finished) {
          const expected = keep ? [TEXTS[2], TEXTS[1]] : [TEXTS[2]];
          assertEquals(texts, expected, where);
        }
      })
    );
  }
  return step - 1;
}

Deno.test("a crash before any step leaves a whole data set", async () => {
  const steps = await crashEverywhere((test) => inDirectory(test), false);
  assert(steps >= 40, `${steps} steps`);
  console.log(`killed before each of ${steps} steps`);
});

Deno.test("nor does one while files are copied, and the version before is kept", async () => {
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
  }, true);
  assert(steps >= 55, `${steps} steps`);
  console.log(`killed before each of ${steps} steps`);
});
