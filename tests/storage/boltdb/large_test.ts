import { openBolt } from "../../../src/storage/boltdb/boltdb.ts";
import { libc } from "../../../src/storage/memory/libc.ts";
import { bytesOf, openMemory } from "../../../src/storage/memory/memory.ts";
import { assertRecords, fixturePath, fixturesOf } from "../../fixtures.ts";
import { inDirectory } from "../../temporary.ts";

const BRANCH = 1, LEAF = 2, BUCKET = 1;
const LAST_PAGE_AT = 5 * 2 ** 30;

/** The pages of a file, each with its overflow, moved far apart. */
function spread(file: Uint8Array): { at: number; bytes: Uint8Array }[] {
  const view = new DataView(file.buffer);
  const pageSize = view.getUint32(16 + 8, true);
  const pages = file.length / pageSize;
  const stride = Math.ceil(LAST_PAGE_AT / pageSize / pages);
  const moved = (id: number) => 2 + (id - 2) * stride;
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const setU64 = (at: number, n: number) =>
    view.setBigUint64(at, BigInt(n), true);

  const parts = [];
  for (let id = 2, more: number; id < pages; id += 1 + more) {
    const page = id * pageSize;
    more = 0;
    const flags = view.getUint16(page + 8, true);
    if (u64(page) !== id || flags !== BRANCH && flags !== LEAF) continue;
    more = view.getUint32(page + 12, true);
    setU64(page, moved(id));
    const count = view.getUint16(page + 10, true);
    for (let n = 0; n < count; n++) {
      const element = page + 16 + 16 * n;
      if (flags === BRANCH) setU64(element + 8, moved(u64(element + 8)));
      else if (view.getUint32(element, true) === BUCKET) {
        const bucket = element + view.getUint32(element + 4, true) +
          view.getUint32(element + 8, true);
        if (u64(bucket) !== 0) setU64(bucket, moved(u64(bucket)));
      }
    }
    const bytes = file.subarray(page, page + (1 + more) * pageSize);
    parts.push({ at: moved(id) * pageSize, bytes });
  }

  for (const meta of [16, pageSize + 16]) {
    setU64(meta + 16, moved(u64(meta + 16)));
    view.setBigUint64(meta + 32, 0xffff_ffff_ffff_ffffn, true); // no freelist
    setU64(meta + 40, moved(pages));
    let sum = 0xcbf29ce484222325n; // FNV-1a
    for (const byte of file.subarray(meta, meta + 56)) {
      sum = BigInt.asUintN(64, (sum ^ BigInt(byte)) * 0x100000001b3n);
    }
    view.setBigUint64(meta + 56, sum, true);
  }
  return [{ at: 0, bytes: file.subarray(0, 2 * pageSize) }, ...parts, {
    at: (moved(pages) - 1) * pageSize,
    bytes: new Uint8Array(pageSize),
  }];
}

for (
  const name of ["bolt/bolt-many.db", "bolt/bolt-big.db", "bolt/bbolt-512.db"]
) {
  const fixture = fixturesOf("boltdb").find(({ file }) => file === name);
  Deno.test(`pages beyond 4 GiB are read like any others: ${name}`, () =>
    inDirectory(async (directory) => {
      if (libc() === null) {
        return console.log("skipped: files cannot be mapped");
      }
      if (fixture === undefined) throw new Error(`there is no ${name}`);
      const path = `${directory}/data.db`;
      {
        // A sparse file: it takes no more of the disk than the fixture.
        using data = await Deno.open(path, { create: true, write: true });
        const file = await Deno.readFile(fixturePath(fixture.file));
        for (const { at, bytes } of spread(file)) {
          await data.seek(at, Deno.SeekMode.Start);
          await data.write(bytes);
        }
      }
      const bytes = bytesOf(await openMemory(path));
      assertRecords(openBolt(bytes, path, fixture.options), fixture);
    }));
}
