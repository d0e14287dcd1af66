/**
 * Access: who may ask.
 *
 * @module
 */

export * from "./entries.ts";
export * from "./tokens.ts";
export * from "./users.ts";
