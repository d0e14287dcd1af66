/**
 * `deno bench -A tests/storage/gdbm/gdbm_bench.ts`: gets of 1,000,000 keys in
 * random order, each key once, of a file that the real library has made.
 */

import { openGdbm } from "../../../src/storage/gdbm/gdbm.ts";
import { bytesOf, openMemory } from "../../../src/storage/memory/memory.ts";
import { Value } from "../../../src/storage/storage.ts";
import { hasGdbm, runPython } from "./engine.ts";

const KEYS = 1_000_000;

if (!hasGdbm) throw new Error("python3-gdbm is not installed");

const path = await Deno.makeTempFile({ suffix: ".gdbm" });
runPython(
  `
import dbm.gnu, sys
with dbm.gnu.open(sys.argv[1], "nf") as d:
    for i in range(int(sys.argv[2])):
        d[f"key:{i}"] = f"the value of the key {i}"
`,
  path,
  String(KEYS),
);
const snapshot = openGdbm(bytesOf(await openMemory(path)), path, {});
await Deno.remove(path);

const offsets = new Uint32Array(KEYS + 1);
// A number without a divisor in common with KEYS gives each key once.
const texts = Array.from({ length: KEYS }, (_, i) => `key:${i * 7919 % KEYS}`);
for (let i = 0; i < KEYS; i++) offsets[i + 1] = offsets[i] + texts[i].length;
const keys = new TextEncoder().encode(texts.join(""));

const value = new Value();
let next = 0;

Deno.bench("get", () => {
  if (!snapshot.find(keys, offsets[next], offsets[next + 1], value)) {
    throw new Error("a key is missing");
  }
  next = (next + 1) % KEYS;
});
