/**
 * `deno bench -A tests/storage/cdb/cdb_bench.ts`: gets of 1,000,000 keys in
 * random order, each key once.
 */

import { openCdb } from "../../../src/storage/cdb/cdb.ts";
import { bytesOf, openMemory } from "../../../src/storage/memory/memory.ts";
import { type Snapshot, Value } from "../../../src/storage/storage.ts";
import { hasTinycdb, makeCdb } from "./tinycdb.ts";
import { cdbFile } from "./writer.ts";

const KEYS = 1_000_000;

const utf8 = new TextEncoder();
const pairs = Array.from(
  { length: KEYS },
  (_, i): [Uint8Array, Uint8Array] => [
    utf8.encode(`key:${i}`),
    utf8.encode(`the value of the key ${i}`),
  ],
);

const offsets = new Uint32Array(KEYS + 1);
for (let i = 0; i < KEYS; i++) {
  // A number without a divisor in common with KEYS gives each key once.
  offsets[i + 1] = offsets[i] + pairs[i * 7919 % KEYS][0].length;
}
const keys = new Uint8Array(offsets[KEYS]);
for (let i = 0; i < KEYS; i++) keys.set(pairs[i * 7919 % KEYS][0], offsets[i]);

async function open(write: (path: string) => void): Promise<Snapshot> {
  const path = await Deno.makeTempFile({ suffix: ".cdb" });
  write(path);
  const bytes = bytesOf(await openMemory(path));
  await Deno.remove(path);
  return openCdb(bytes, path, {});
}

const value = new Value();
let next = 0;

function bench(name: string, snapshot: Snapshot): void {
  Deno.bench(name, () => {
    if (!snapshot.find(keys, offsets[next], offsets[next + 1], value)) {
      throw new Error("a key is missing");
    }
    next = (next + 1) % KEYS;
  });
}

bench(
  hasTinycdb ? "get, file by tinycdb" : "get, file by our test writer",
  await open((path) =>
    hasTinycdb
      ? makeCdb(path, pairs)
      : Deno.writeFileSync(path, cdbFile(pairs, 4))
  ),
);
bench(
  "get, 64-bit form",
  await open((path) => Deno.writeFileSync(path, cdbFile(pairs, 8))),
);
