/** `deno bench -A tests/storage/boltdb/boltdb_bench.ts` */

import { openBolt } from "../../../src/storage/boltdb/boltdb.ts";
import { bytesOf, openMemory } from "../../../src/storage/memory/memory.ts";
import { Value } from "../../../src/storage/storage.ts";
import { buildWithBolt, MISSING } from "./engine.ts";

const PAIRS = 1_000_000;
const path = `${await Deno.makeTempDir()}/data.db`;

if (await buildWithBolt(path, PAIRS)) {
  const bytes = bytesOf(await openMemory(path));
  const snapshot = openBolt(bytes, path, { bucket: "numbers" });
  const keys = Array.from(
    { length: 65_536 },
    () =>
      new TextEncoder().encode(
        `key-${1000 + Math.floor(Math.random() * (PAIRS - 1000))}`,
      ),
  );
  const value = new Value();
  let n = 0;
  Deno.bench(`boltdb: one get of ${PAIRS} keys`, () => {
    const key = keys[n++ & 65_535];
    if (!snapshot.find(key, 0, key.length, value)) throw new Error("a miss");
  });
  Deno.bench("boltdb: open", () => {
    openBolt(bytes, path, { bucket: "numbers" });
  });
} else console.log(MISSING);
