/** `deno bench -A tests/storage/bdb/bdb_bench.ts` */

import { openBdb } from "../../../src/storage/bdb/bdb.ts";
import { bytesOf, openMemory } from "../../../src/storage/memory/memory.ts";
import { Value } from "../../../src/storage/storage.ts";
import { buildWithLibdb, MISSING } from "./engine.ts";

const PAIRS = 1_000_000;
const directory = await Deno.makeTempDir();
const keys = Array.from(
  { length: 65_536 },
  () => new TextEncoder().encode(`key-${Math.floor(Math.random() * PAIRS)}`),
);

for (const type of ["btree", "hash"]) {
  const path = `${directory}/${type}.db`;
  if (!await buildWithLibdb(path, type, PAIRS)) {
    console.log(MISSING);
    continue;
  }
  const bytes = bytesOf(await openMemory(path));
  const snapshot = openBdb(bytes, path, {});
  const value = new Value();
  let n = 0;
  Deno.bench(`bdb ${type}: one get of ${PAIRS} keys`, () => {
    const key = keys[n++ & 65_535];
    if (!snapshot.find(key, 0, key.length, value)) throw new Error("a miss");
  });
  Deno.bench(`bdb ${type}: open`, () => {
    openBdb(bytes, path, {});
  });
}
