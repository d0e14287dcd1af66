/**
 * Handlers: who answers a key, and the swap.
 *
 * @module
 */

export * from "./data_set.ts";
export * from "./database.ts";
export * from "./handler.ts";
export * from "./multiplexer.ts";
export * from "./namespaced.ts";
export * from "./simple.ts";
