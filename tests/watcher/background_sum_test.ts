import { assertEquals, assertRejects } from "@std/assert";
import { sumInBackground } from "../../src/watcher/background_sum.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import { OtherFileError } from "../../src/watcher/sum.ts";
import { inDirectory } from "../temporary.ts";

const NEVER = new AbortController().signal;
const MB = 1024 * 1024;

/** A file of zeros. */
async function zeros(path: string, size: number): Promise<void> {
  using file = await Deno.create(path);
  await file.truncate(size);
}

// As `head -c SIZE /dev/zero | md5sum` and `sha256sum` say.
const SUMS = [
  [MB, "md5", "b6d81b360a5672d80c27430f39153e2c"],
  [10 * MB, "md5", "f1c9645dbc14efddc7d8a322685f26eb"],
  [
    10 * MB,
    "sha256",
    "e5b844cc57f57094ea4585e235f36c78c1cd222262bb89d53c94dcb4d6b3e55d",
  ],
] as const;

for (const [size, algorithm, sum] of SUMS) {
  Deno.test(`${algorithm} of ${size / MB} MB`, () =>
    inDirectory(async (directory) => {
      const path = `${directory}/zeros`;
      await zeros(path, size);
      const identity = (await identify(path))!;
      assertEquals(
        await sumInBackground(path, algorithm, identity, NEVER),
        sum,
      );
      const other = { ...identity, ino: identity.ino + 1 };
      await assertRejects(
        () => sumInBackground(path, algorithm, other, NEVER),
        OtherFileError,
      );
    }));
}

Deno.test("a large file that is gone is told as what it is", () =>
  inDirectory(async (directory) => {
    await assertRejects(
      async () => {
        const size = 10 * MB;
        const identity = { ...(await identify(directory))!, size };
        return await sumInBackground(
          `${directory}/none`,
          "md5",
          identity,
          NEVER,
        );
      },
      Deno.errors.NotFound,
    );
  }));

Deno.test("a sum that nobody waits for any more is not finished", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/zeros`;
    const size = 2 ** 36; // minutes of work, and no space on the disk
    await zeros(path, size);
    const stop = new AbortController();
    const identity = (await identify(path))!;
    const sum = sumInBackground(path, "sha256", identity, stop.signal);
    setTimeout(() => stop.abort(), 50);
    await assertRejects(() => sum, DOMException, "aborted");
  }));
