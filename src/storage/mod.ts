/**
 * Storages: they open files as immutable snapshots.
 *
 * @module
 */

export * from "./auto.ts";
export * from "./background.ts";
export { openBdb } from "./bdb/bdb.ts";
export type { BdbSnapshot, NamespacedBdbSnapshot } from "./bdb/snapshot.ts";
export { openBolt } from "./boltdb/boltdb.ts";
export { type Companion, COMPANIONS, companions } from "./companions.ts";
export { openCdb } from "./cdb/cdb.ts";
export * from "./file_storage.ts";
export { openGdbm } from "./gdbm/gdbm.ts";
export * from "./json/json.ts";
export { openLmdb } from "./lmdb/lmdb.ts";
export { openMemcachedb } from "./memcachedb/memcachedb.ts";
export type { MemoryMode } from "./memory/memory.ts";
export type { FileKind } from "./recognize/kind.ts";
export { recognize, recognizeFile } from "./recognize/recognize.ts";
export type { Sample } from "./recognize/signatures.ts";
export * from "./registry.ts";
export { isSqlite, SqliteStorage } from "./sqlite/sqlite.ts";
export * from "./storage.ts";
export {
  TableBuilder,
  type TableHints,
  TableTooNarrow,
} from "./table/builder.ts";
export type { TableMemory } from "./table/layout.ts";
export { type NumberedEntry, TableSnapshot } from "./table/table.ts";
export { ZipStorage } from "./zip/zip.ts";
