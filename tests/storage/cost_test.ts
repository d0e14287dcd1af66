/** What storages say that reading them costs. */

import { assert } from "@std/assert";
import { createStorage } from "../../src/storage/registry.ts";
import { type Cost, USUAL_COST, Value } from "../../src/storage/storage.ts";
import { buildPairs, FORMATS, type Pair } from "../build/building.ts";
import { inDirectory } from "../temporary.ts";

const KEYS = 20_000;

/** The machine may be busy: the quickest of so many attempts counts. */
const ATTEMPTS = 7;

/** By how much the costs may be off, compared with those of a table. */
const FACTOR = 25;

/** How long something takes for each of so many, in nanoseconds. */
function quickest(count: number, action: () => void): number {
  let least = Infinity;
  for (let n = 0; n < ATTEMPTS; n++) {
    const begun = performance.now();
    action();
    least = Math.min(least, performance.now() - begun);
  }
  return least * 1e6 / count;
}

/** What a look-up, and a step of a walk, take in a file of that format. */
async function measure(
  directory: string,
  format: string,
): Promise<{ find: number; next: number; declared: Cost }> {
  const pairs = Array.from(
    { length: KEYS },
    (_, n): Pair => [`key:${n * 7919 % KEYS}`, `value-${n}`],
  );
  const path = await buildPairs(directory, format, pairs);
  const storage = createStorage(format);
  const data = await storage.open(path, {});
  const snapshot = storage.attach(data);
  const keys = pairs.map(([key]) => new TextEncoder().encode(key));
  const value = new Value();
  const find = quickest(KEYS, () => {
    for (const key of keys) snapshot.find(key, 0, key.length, value);
  });
  let steps = 0;
  const next = quickest(KEYS, () => {
    for (const _ of snapshot.entries()) steps++;
  });
  assert(steps === KEYS * ATTEMPTS);
  const declared = snapshot.cost ?? USUAL_COST;
  snapshot.close?.();
  storage.close(data);
  await Deno.remove(path);
  return { find, next, declared };
}

Deno.test("what a look-up and a step cost is about what a storage says", () =>
  inDirectory(async (directory) => {
    const table = await measure(directory, "json");
    for (const format of FORMATS) {
      const { find, next, declared } = await measure(directory, format);
      const ratios = [
        find / table.find / (declared.find / table.declared.find),
        next / table.next / (declared.next / table.declared.next),
      ];
      console.log(
        `${format}: a look-up takes ${
          find.toFixed(0)
        } ns (${declared.find}), a step ${
          next.toFixed(0)
        } ns (${declared.next})`,
      );
      for (const ratio of ratios) {
        assert(ratio < FACTOR && ratio > 1 / FACTOR, `${format}: ${ratios}`);
      }
    }
  }));
