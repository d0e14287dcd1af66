/**
 * Loaders: they bring a verified file to the place that it is served from.
 *
 * @module
 */

export * from "./guard.ts";
export * from "./held_file.ts";
export * from "./loader.ts";
export * from "./lock.ts";
export * from "./slot_loader.ts";
