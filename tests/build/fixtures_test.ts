/** Data files of each format, built into another: the same records come back. */

import { assertEquals } from "@std/assert";
import { lmdbFile } from "../../src/storage/lmdb/lmdb.ts";
import { createStorage } from "../../src/storage/registry.ts";
import { fullKey } from "../../src/cli/keys.ts";
import { NamespacedStorage } from "../../src/handler/namespaced.ts";
import type { OpenOptions } from "../../src/storage/storage.ts";
import { type Fixture, fixturePath, fixturesOf } from "../fixtures.ts";
import { inDirectory } from "../temporary.ts";
import { buildQuietly, fromBytes, readBack } from "./building.ts";

const MANIFESTS = {
  json: "json",
  boltdb: "boltdb",
  bdb: "bdb",
  memcachedb: "memcachedb-bdb",
  lmdb: "lmdb",
  cdb: "cdb",
  gdbm: "gdbm",
  zip: "zip",
  sqlite: "sqlite",
} as const;

/** The storage that reads it wants an index first, and says so. */
const UNINDEXED = "sqlite/noindex.sqlite";

function openOptions({ options }: Fixture): OpenOptions {
  return {
    namespaced: options.namespaced,
    gzipped: options.gzipped,
    bucket: options.bucket ?? options.database,
    table: options.table,
    keyColumn: options.key,
    valueColumn: options.value,
  };
}

/** What the storage that serves a fixture says is in it. */
async function recordsOf(
  fixture: Fixture,
  format: string,
): Promise<Map<string, string>> {
  const { namespaced } = fixture.options;
  const plain = createStorage(format);
  const storage = namespaced ? new NamespacedStorage(plain) : plain;
  const data = await storage.open(
    await lmdbFile(fixturePath(fixture.file)),
    openOptions(fixture),
  );
  const snapshot = storage.attach(data);
  const records = new Map<string, string>();
  for (const entry of snapshot.entries()) {
    records.set(fromBytes(fullKey(entry)), fromBytes(entry.value));
  }
  snapshot.close?.();
  storage.close(data);
  return records;
}

for (const [manifest, from] of Object.entries(MANIFESTS)) {
  Deno.test(`every sound ${from} file gives the same records again`, () =>
    inDirectory(async (directory) => {
      let count = 0;
      for (const fixture of fixturesOf(manifest)) {
        if (!fixture.valid || fixture.optional) continue;
        if (fixture.file === UNINDEXED) continue;
        const out = `${directory}/${count++}.cdb`;
        await buildQuietly({
          inputs: [fixturePath(fixture.file)],
          from,
          to: "cdb",
          out,
          open: openOptions(fixture),
        });
        const { namespaced } = fixture.options;
        assertEquals(
          await readBack(out, "cdb", namespaced),
          await recordsOf(fixture, from),
          fixture.file,
        );
      }
      assertEquals(count > 3, true);
    }));
}
