import { assert, assertEquals } from "@std/assert";
import {
  identify,
  identifyOpen,
  identityOf,
  sameFile,
  sameIfRenamed,
} from "../../src/watcher/file_identity.ts";
import { inDirectory } from "../temporary.ts";

/** Writes other content in place, and sets the time of change back. */
async function overwrite(path: string, text: string): Promise<void> {
  const { atime, mtime } = await Deno.stat(path);
  await Deno.writeTextFile(path, text);
  await Deno.utime(path, atime!, mtime!);
}

Deno.test("what is told of a file is what the system tells", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    await Deno.writeTextFile(path, "one");
    await Deno.utime(path, 1000, 1000.75);
    await Deno.link(path, `${directory}/other`);
    const info = await Deno.stat(path);
    const found = (await identify(path))!;
    assertEquals(found.dev, info.dev);
    assertEquals(found.ino, info.ino);
    assertEquals([found.size, found.mtime], [3, 1000_750]);
    assertEquals(Math.floor(found.ctime / 1000) * 1000, info.ctime!.getTime());
    assertEquals([found.isFile, found.links, found.uid], [true, 2, info.uid]);
    assertEquals((await identify(directory))?.isFile, false);
    assertEquals(await identify(`${directory}/none`), undefined);
    using file = await Deno.open(path);
    assert(sameIfRenamed(await identifyOpen({ file }), found));
  }));

Deno.test("other content of the same size and time is another file", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    await Deno.writeTextFile(path, "one");
    const before = identityOf((await identify(path))!);
    await overwrite(path, "two");
    const after = (await identify(path))!;
    assert(sameIfRenamed(before, after));
    assertEquals(sameFile(before, after), false);
  }));

Deno.test("a renaming changes the time of the last change, and nothing else", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    await Deno.writeTextFile(path, "one");
    const before = await identify(path);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await Deno.rename(path, `${directory}/renamed`);
    const after = await identify(`${directory}/renamed`);
    assert(sameIfRenamed(before, after));
    assertEquals(sameFile(before, after), false);
    await Deno.writeTextFile(`${directory}/renamed`, "three");
    assertEquals(
      sameIfRenamed(before, await identify(`${directory}/renamed`)),
      false,
    );
  }));
