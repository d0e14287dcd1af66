import { assert, assertEquals } from "@std/assert";
import { copyFile } from "../../src/loader/copy.ts";
import { HeldFile } from "../../src/loader/held_file.ts";
import { works } from "../e2e/fault.ts";
import { inDirectory, md5 } from "../temporary.ts";

const MB = 1024 * 1024;

/** Copies a file; @returns what the system tells of both. */
async function copied(from: string, to: string) {
  using held = await HeldFile.open(from);
  await copyFile(held, to);
  const [original, copy] = await Promise.all([from, to].map(async (path) => ({
    ...await Deno.stat(path),
    sum: md5(await Deno.readFile(path)),
  })));
  assertEquals(copy.sum, original.sum);
  assertEquals(copy.size, original.size);
  assertEquals(copy.mtime, original.mtime);
  assert(copy.ino !== original.ino);
  return { original, copy };
}

function noise(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65_536) {
    crypto.getRandomValues(bytes.subarray(at, at + 65_536));
  }
  return bytes;
}

for (const size of [0, 1, 4095, 4096, MB, 3 * MB + 17]) {
  Deno.test(`a file of ${size} bytes is copied`, () =>
    inDirectory(async (directory) => {
      await Deno.writeFile(`${directory}/from`, noise(size));
      await Deno.utime(`${directory}/from`, 1, 1_000_000.123);
      // What is there already goes, however long it is.
      await Deno.writeFile(`${directory}/to`, noise(5 * MB));
      await copied(`${directory}/from`, `${directory}/to`);
    }));
}

Deno.test({
  name: "holes stay holes, at the begin, between and at the end",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inDirectory(async (directory) => {
      const path = `${directory}/from`;
      {
        using file = await Deno.open(path, { write: true, create: true });
        for (const at of [20, 50]) {
          await file.seek(at * MB, Deno.SeekMode.Start);
          await file.write(noise(MB + 1));
        }
        await file.truncate(90 * MB);
      }
      const { original, copy } = await copied(path, `${directory}/to`);
      if (original.blocks! * 512 > 4 * MB) {
        return console.log("skipped: this file system has no holes");
      }
      assert(copy.blocks! * 512 < 4 * MB, `${copy.blocks} blocks`);
    }),
});

Deno.test({
  name: "where a file system shares blocks, a copy takes no space",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inDirectory(async (directory) => {
      const image = `${directory}/image`, mount = `${directory}/mount`;
      await Deno.mkdir(mount);
      await Deno.writeFile(image, new Uint8Array(0));
      await Deno.truncate(image, 256 * MB);
      if (
        !works("mkfs.btrfs", "-q", image) ||
        !works("mount", "-o", "loop", image, mount)
      ) return console.log("skipped: no btrfs can be made and mounted");
      try {
        const size = 40 * MB;
        await Deno.writeFile(`${mount}/from`, noise(size));
        const used = () => {
          works("sync", "-f", mount);
          const { stdout } = new Deno.Command("df", {
            args: ["--output=used", "-B1", mount],
          }).outputSync();
          return Number(new TextDecoder().decode(stdout).split("\n")[1]);
        };
        const before = used();
        await copied(`${mount}/from`, `${mount}/to`);
        const more = used() - before;
        assert(more < size / 4, `${more} bytes more`);
      } finally {
        works("umount", "--lazy", mount);
      }
    }),
});
