/**
 * The storages that come with GOROMDB, by the name that `-storage` takes. To
 * add one, add it here.
 *
 * @module
 */

import { AutoStorage } from "./auto.ts";
import { openBdb } from "./bdb/bdb.ts";
import { openBolt } from "./boltdb/boltdb.ts";
import { openCdb } from "./cdb/cdb.ts";
import { FileStorage } from "./file_storage.ts";
import { openGdbm } from "./gdbm/gdbm.ts";
import { JsonStorage } from "./json/json.ts";
import { KnownStorage } from "./known_storage.ts";
import { openLmdb, usedBytes } from "./lmdb/lmdb.ts";
import { openMemcachedb } from "./memcachedb/memcachedb.ts";
import { SqliteStorage } from "./sqlite/sqlite.ts";
import type { Storage } from "./storage.ts";
import { ZipStorage } from "./zip/zip.ts";

const storages: Record<string, () => Storage> = {
  auto: () => new AutoStorage(createStorage),
  json: () => new JsonStorage(),
  bdb: () => new FileStorage("bdb", openBdb),
  "memcachedb-bdb": () => new FileStorage("memcachedb-bdb", openMemcachedb),
  boltdb: () => new FileStorage("boltdb", openBolt),
  lmdb: () => new FileStorage("lmdb", openLmdb, usedBytes),
  gdbm: () => new FileStorage("gdbm", openGdbm),
  cdb: () => new FileStorage("cdb", openCdb),
  sqlite: () => new SqliteStorage(),
  zip: () => new ZipStorage(),
};

/** The names of all storages. */
export const STORAGE_NAMES: readonly string[] = Object.keys(storages);

/**
 * Makes the storage of that name.
 *
 * @throws {RangeError} if there is none.
 */
export function createStorage(name: string): Storage {
  if (!Object.hasOwn(storages, name)) {
    throw new RangeError(
      `there is no storage "${name}"; there are ${STORAGE_NAMES.join(", ")}`,
    );
  }
  const storage = storages[name]();
  return storage instanceof AutoStorage ? storage : new KnownStorage(storage);
}
