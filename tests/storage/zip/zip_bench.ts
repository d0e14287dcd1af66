/**
 * `deno bench -A tests/storage/zip/zip_bench.ts`: gets of 100,000 entries in
 * random order, stored and deflated, of files that Python's zipfile has made.
 */

import { Value } from "../../../src/storage/storage.ts";
import { ZipStorage } from "../../../src/storage/zip/zip.ts";

const KEYS = 100_000;

for (const method of ["STORED", "DEFLATED"]) {
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  const program = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_${method}) as archive:
    for i in range(${KEYS}):
        archive.writestr(f"key:{i}", f"the value of the key {i}, " * 10)
`;
  await new Deno.Command("python3", { args: ["-c", program, path] }).output();
  const storage = new ZipStorage();
  const snapshot = storage.attach(await storage.open(path, {}));
  await Deno.remove(path);

  const texts = Array.from(
    { length: KEYS },
    (_, i) => `key:${i * 7919 % KEYS}`,
  );
  const offsets = new Uint32Array(KEYS + 1);
  for (let i = 0; i < KEYS; i++) offsets[i + 1] = offsets[i] + texts[i].length;
  const keys = new TextEncoder().encode(texts.join(""));
  const value = new Value();
  let next = 0;
  Deno.bench(`get, ${method.toLowerCase()}`, () => {
    if (!snapshot.find(keys, offsets[next], offsets[next + 1], value)) {
      throw new Error("a key is missing");
    }
    next = (next + 1) % KEYS;
  });
}
