/**
 * Watchers: they say "there is a new, verified file".
 *
 * @module
 */

export * from "./file_identity.ts";
export * from "./file_watcher.ts";
export * from "./sum.ts";
export * from "./sum_file.ts";
export * from "./watcher.ts";
