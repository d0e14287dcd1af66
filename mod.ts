/**
 * GOROMDB as a library: a read-only key/value server over a file-based
 * database, in six parts.
 *
 * - a {@linkcode Watcher} says that there is a new, verified file;
 * - a {@linkcode Loader} moves it to the place that it is served from;
 * - a {@linkcode Storage} opens it as an immutable {@linkcode Snapshot};
 * - a {@linkcode Handler} answers from the current one, and swaps;
 * - a {@linkcode Protocol} turns received bytes into replies;
 * - a {@linkcode Server} moves the bytes.
 *
 * A {@linkcode Database} joins loader, storage and handler.
 *
 * @module
 */

export * from "./src/access/mod.ts";
export * from "./src/handler/mod.ts";
export * from "./src/loader/mod.ts";
export * from "./src/protocol/mod.ts";
export * from "./src/server/mod.ts";
export * from "./src/storage/mod.ts";
export * from "./src/watcher/mod.ts";
