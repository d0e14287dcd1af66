import { assertEquals } from "@std/assert";
import { keepRights } from "../../src/loader/rights.ts";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import { inDirectory, md5 } from "../temporary.ts";

const unix = Deno.build.os !== "windows";
const isRoot = unix && Deno.uid() === 0;

/** Loads a file that is behind a symbolic link; @returns the copy in the slot. */
async function copied(
  directory: string,
  prepare: (path: string) => Promise<void>,
): Promise<Deno.FileInfo> {
  const path = `${directory}/data.db`;
  await Deno.writeTextFile(`${directory}/original`, "one");
  await prepare(`${directory}/original`);
  await Deno.symlink("original", path);
  const loader = new SlotLoader(`${directory}/base`);
  await loader.recover();
  const identity = (await identify(path))!;
  const staged = await loader.stage({ path, sum: md5("one"), identity });
  assertEquals(await Deno.readTextFile(staged.path), "one");
  (await loader.guard(staged)).close();
  return await Deno.stat(staged.path);
}

for (const mode of [0o600, 0o640, 0o644, 0o444, 0o755]) {
  Deno.test({
    name: `a copy of a file of mode ${mode.toString(8)} has that mode`,
    ignore: !unix,
    fn: () =>
      inDirectory(async (directory) => {
        const copy = await copied(
          directory,
          (original) => Deno.chmod(original, mode),
        );
        assertEquals(copy.mode! & 0o7777, mode);
      }),
  });
}

Deno.test({
  name: "a copy that root makes has its original's owner and group",
  ignore: !isRoot,
  fn: () =>
    inDirectory(async (directory) => {
      const copy = await copied(directory, async (original) => {
        await Deno.chown(original, 1234, 5678);
        await Deno.chmod(original, 0o4640);
      });
      assertEquals([copy.uid, copy.gid], [1234, 5678]);
      assertEquals(copy.mode! & 0o7777, 0o640);
    }),
});

// [the original's mode, what is left of it where owner and group are others]
const WITHOUT_OWNER = [
  [0o640, 0o600],
  [0o644, 0o604],
  [0o664, 0o604],
  [0o604, 0o600],
  [0o044, 0o404],
] as const;

Deno.test({
  name: "where owner and group cannot be kept, nobody gets rights by that",
  ignore: !unix,
  fn: () =>
    inDirectory(async (directory) => {
      const path = `${directory}/copy`;
      await Deno.writeTextFile(path, "one");
      const { uid, gid } = await Deno.stat(path);
      const others = { uid: uid! + 1, gid: gid! + 1 };
      const chown = Deno.chown;
      // As the system answers to who is not root, and not of the group.
      Deno.chown = () => Promise.reject(new Deno.errors.PermissionDenied());
      try {
        for (const [mode, left] of WITHOUT_OWNER) {
          await keepRights(path, { mode, ...others });
          assertEquals((await Deno.stat(path)).mode! & 0o777, left);
        }
      } finally {
        Deno.chown = chown;
      }
    }),
});

Deno.test({
  name: "only its owner may look into rejected/, also if all could before",
  ignore: !unix,
  fn: () =>
    inDirectory(async (directory) => {
      const rejected = `${directory}/base/rejected`;
      const mode = async () => (await Deno.stat(rejected)).mode! & 0o777;
      const loader = new SlotLoader(`${directory}/base`);
      await loader.recover();
      const path = `${directory}/data.db`;
      const reject = async () => {
        await Deno.writeTextFile(path, "one");
        const identity = (await identify(path))!;
        const sum = md5("one");
        await loader.reject(await loader.stage({ path, sum, identity }), "no");
      };
      await reject();
      assertEquals(await mode(), 0o700);
      await Deno.chmod(rejected, 0o755);
      await reject();
      assertEquals(await mode(), 0o700);
      await Deno.chmod(rejected, 0o755);
      await new SlotLoader(`${directory}/base`).recover();
      assertEquals(await mode(), 0o700);
    }),
});
