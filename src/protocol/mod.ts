/**
 * Protocols: bytes in, bytes out.
 *
 * @module
 */

export * from "./counters.ts";
export * from "./memcached/memcached.ts";
export * from "./protocol.ts";
export * from "./registry.ts";
export * from "./reply.ts";
export * from "./resp/resp.ts";
