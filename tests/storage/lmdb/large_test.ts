import { assert, assertEquals } from "@std/assert";
import { openLmdb } from "../../../src/storage/lmdb/lmdb.ts";
import { createStorage } from "../../../src/storage/registry.ts";
import { libc } from "../../../src/storage/memory/libc.ts";
import { bytesOf, openMemory } from "../../../src/storage/memory/memory.ts";
import {
  assertRecords,
  type Fixture,
  fixturePath,
  fixturesOf,
} from "../../fixtures.ts";
import { inDirectory } from "../../temporary.ts";

// Of data format 1; see the layout in src/storage/lmdb/layout.ts.
const HEADER = 16, NODE = 8, MAIN_DB = 72, ROOT = 40, LAST_PG = 120;
const BRANCH = 0x01, LEAF = 0x02, OVERFLOW = 0x04, LEAF2 = 0x20;
const BIGDATA = 0x01, SUBDATA = 0x02;
const LAST_PAGE_AT = 5 * 2 ** 30;

/** The pages of a file, runs of overflow pages together, moved far apart. */
function spread(file: Uint8Array): { at: number; bytes: Uint8Array }[] {
  const view = new DataView(file.buffer);
  const pageSize = view.getUint32(HEADER + 24, true);
  const pages = file.length / pageSize;
  const stride = Math.ceil(LAST_PAGE_AT / pageSize / pages);
  const moved = (pgno: bigint) =>
    pgno > 0xffff_ffffn ? pgno : 2n + (pgno - 2n) * BigInt(stride);
  const move = (at: number) =>
    view.setBigUint64(at, moved(view.getBigUint64(at, true)), true);

  const parts = [];
  for (let pgno = 2, run: number; pgno < pages; pgno += run) {
    const page = pgno * pageSize;
    run = 1;
    const flags = view.getUint16(page + 10, true);
    if (view.getUint32(page, true) !== pgno) continue;
    if (flags & OVERFLOW) run = view.getUint32(page + 12, true);
    move(page);
    const isTree = (flags & (BRANCH | LEAF)) !== 0 && (flags & LEAF2) === 0;
    const keys = isTree ? (view.getUint16(page + 12, true) - HEADER) / 2 : 0;
    for (let n = 0; n < keys; n++) {
      const node = page + view.getUint16(page + HEADER + 2 * n, true);
      const kind = view.getUint16(node + 4, true);
      const data = node + NODE + view.getUint16(node + 6, true);
      if (flags & BRANCH) {
        const child = moved(BigInt(view.getUint32(node, true)));
        view.setUint32(node, Number(child & 0xffff_ffffn), true);
        view.setUint16(node + 4, Number(child >> 32n), true);
      } else if (kind & BIGDATA) move(data);
      else if (kind & SUBDATA) move(data + ROOT);
    }
    const bytes = file.subarray(page, page + run * pageSize);
    parts.push({ at: Number(moved(BigInt(pgno))) * pageSize, bytes });
  }
  for (const meta of [HEADER, pageSize + HEADER]) {
    move(meta + MAIN_DB + ROOT);
    view.setBigUint64(meta + LAST_PG, moved(BigInt(pages)), true);
  }
  return [{ at: 0, bytes: file.subarray(0, 2 * pageSize) }, ...parts];
}

function test(fixture: Fixture): void {
  const { file, options, why } = fixture;
  Deno.test(`pages beyond 4 GiB are read like any others: ${file}, ${why}`, () =>
    inDirectory(async (directory) => {
      if (libc() === null) {
        return console.log("skipped: files cannot be mapped");
      }
      const path = `${directory}/data.mdb`;
      {
        // A sparse file: it takes no more of the disk than the fixture.
        using data = await Deno.open(path, { create: true, write: true });
        const bytes = await Deno.readFile(fixturePath(file));
        for (const part of spread(bytes)) {
          await data.seek(part.at, Deno.SeekMode.Start);
          await data.write(part.bytes);
        }
      }
      const bytes = bytesOf(await openMemory(path));
      assertRecords(openLmdb(bytes, path, options), fixture);
    }));
}

for (const fixture of fixturesOf("lmdb")) {
  const { file, options: { bucket }, valid } = fixture;
  if (/\/(many|big|deep)\./.test(file)) test(fixture);
  else if (valid && /^(dups|fixed)$/.test(String(bucket))) test(fixture);
}

/** A file with as many keys as are put, and a map of 2 GiB that is never written. */
const WRITEMAP = `
import lmdb, sys
env = lmdb.open(sys.argv[1], subdir=False, lock=False, map_size=2 << 30,
                writemap=True)
with env.begin(write=True) as txn:
    for n in range(500):
        txn.put(b"key %d" % n, b"value %d" % n)
env.sync(True)
env.close()
`;

Deno.test("of a sparse file as long as its map, the pages in use are read, and counted", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.mdb`;
    const { success } = await new Deno.Command("/usr/bin/python3", {
      args: ["-c", WRITEMAP, path],
      stderr: "null",
    }).output().catch(() => ({ success: false }));
    if (!success) return console.log("skipped: no py-lmdb (python3-lmdb)");
    const { size } = await Deno.stat(path);
    assertEquals(size, 2 * 2 ** 30);
    const storage = createStorage("lmdb");
    for (const memory of ["auto", "read", "map"] as const) {
      if (memory === "map" && libc() === null) continue;
      const data = await storage.open(path, { memory });
      assertEquals(data.keys, 500, memory);
      const opened = data.memory as {
        memory: { bytes?: Uint8Array; size?: number };
      };
      const { bytes, size } = opened.memory;
      const held = bytes?.length ?? size ?? Infinity;
      assert(held < 1024 * 1024, `${memory}: ${held}`);
      const snapshot = storage.attach(data);
      assertEquals([...snapshot.entries()].length, 500);
      assertEquals([...snapshot.check()], []);
      storage.close(data);
    }
  }));
