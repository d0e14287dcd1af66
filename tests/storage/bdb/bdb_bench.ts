/** `deno bench -A tests/storage/bdb/bdb_bench.ts` */

import { openBdb } from "../../../src/storage/bdb/bdb.ts";
import { bytesOf, openMemory } from "../../../src/storage/memory/memory.ts";
import { Value } from "../../../src/storage/storage.ts";
import { buildWithLibdb, MISSING } from "./engine.ts";

const PAIRS = 1_000_000;
const directory = await Deno.makeTempDir();
/** As in a server: all keys in one buffer, each of the same length. */
const KEY_LENGTH = 10, KEYS = 65_536;
const keys = new TextEncoder().encode(
  Array.from(
    { length: KEYS },
    () => `key-${Math.floor(1e5 + Math.random() * (PAIRS - 1e5))}`,
  ).join(""),
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
    const key = (n++ % KEYS) * KEY_LENGTH;
    if (!snapshot.find(keys, key, key + KEY_LENGTH, value)) {
      throw new Error("a miss");
    }
  });
  Deno.bench(`bdb ${type}: open`, () => {
    openBdb(bytes, path, {});
  });
}
