/**
 * Storages: they open files as immutable snapshots.
 *
 * @module
 */

export * from "./background.ts";
export { openBolt } from "./boltdb/boltdb.ts";
export * from "./file_storage.ts";
export * from "./json/json.ts";
export * from "./registry.ts";
export * from "./storage.ts";
export {
  TableBuilder,
  type TableHints,
  TableTooNarrow,
} from "./table/builder.ts";
export type { TableMemory } from "./table/layout.ts";
export { TableSnapshot } from "./table/table.ts";
