/** `deno bench -A tests/storage/boltdb/boltdb_bench.ts` */

import { openBolt } from "../../../src/storage/boltdb/boltdb.ts";
import { bytesOf, openMemory } from "../../../src/storage/memory/memory.ts";
import { Value } from "../../../src/storage/storage.ts";
import { buildWithBolt, MISSING } from "./engine.ts";

const PAIRS = 1_000_000, KEYS = 65_536, KEY_LENGTH = 10;
const path = `${await Deno.makeTempDir()}/data.db`;

if (await buildWithBolt(path, PAIRS)) {
  const bytes = bytesOf(await openMemory(path));
  const snapshot = openBolt(bytes, path, { bucket: "numbers" });
  // As in a server: all keys in one buffer, each of the same length.
  const keys = new TextEncoder().encode(
    Array.from(
      { length: KEYS },
      () => `key-${Math.floor(1e5 + Math.random() * (PAIRS - 1e5))}`,
    ).join(""),
  );
  const value = new Value();
  let n = 0;
  Deno.bench(`boltdb: one get of ${PAIRS} keys`, () => {
    const key = (n++ % KEYS) * KEY_LENGTH;
    if (!snapshot.find(keys, key, key + KEY_LENGTH, value)) {
      throw new Error("a miss");
    }
  });
  Deno.bench("boltdb: open", () => {
    openBolt(bytes, path, { bucket: "numbers" });
  });
} else console.log(MISSING);
