import { openBdb } from "../../../src/storage/bdb/bdb.ts";
import { bytesOf, openMemory } from "../../../src/storage/memory/memory.ts";
import { libc } from "../../../src/storage/memory/libc.ts";
import { assertRecords, fixturePath, fixturesOf } from "../../fixtures.ts";
import { inDirectory } from "../../temporary.ts";

/** The file's metadata, and its root, a leaf, on a page beyond 4 GiB. */
function moveRoot(file: Uint8Array, pgno: number): Uint8Array[] {
  const view = new DataView(file.buffer);
  const size = view.getUint32(20, true);
  view.setUint32(32, pgno, true);
  view.setUint32(88, pgno, true);
  view.setUint32(size + 8, pgno, true);
  return [file.subarray(0, size), file.subarray(size, 2 * size)];
}

Deno.test("a page beyond 4 GiB is read like any other", () =>
  inDirectory(async (directory) => {
    if (libc() === null) return console.log("skipped: files cannot be mapped");
    const fixture = fixturesOf("bdb").find(({ file }) =>
      file === "bdb/bt-65536.db"
    )!;
    const pgno = 80_000;
    const file = await Deno.readFile(fixturePath(fixture.file));
    const [meta, root] = moveRoot(file, pgno);
    const path = `${directory}/data.db`;
    // A sparse file: it takes two pages on the disk.
    using data = await Deno.open(path, { create: true, write: true });
    await data.write(meta);
    await data.seek(pgno * root.length, Deno.SeekMode.Start);
    await data.write(root);
    const snapshot = openBdb(bytesOf(await openMemory(path)), path, {});
    assertRecords(snapshot, fixture);
  }));
