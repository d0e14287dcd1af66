/**
 * Loaders: they bring a verified file to the place that it is served from.
 *
 * @module
 */

export * from "./loader.ts";
export * from "./lock.ts";
export * from "./slot_loader.ts";
