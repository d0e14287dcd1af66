/**
 * Access: who may ask.
 *
 * @module
 */

export * from "./authentication_log.ts";
export * from "./entries.ts";
export * from "./login.ts";
export * from "./logins.ts";
export { networkOf } from "./network.ts";
export * from "./tokens.ts";
export { UserList } from "./users.ts";
export * from "./verdict.ts";
