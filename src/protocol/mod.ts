/**
 * Protocols: bytes in, bytes out.
 *
 * @module
 */

export * from "./counters.ts";
export type { Tokens } from "./http/access.ts";
export * from "./http/http.ts";
export * from "./memcached/memcached.ts";
export * from "./memory_budget.ts";
export * from "./protocol.ts";
export * from "./registry.ts";
export * from "./reply.ts";
export * from "./resp/resp.ts";
