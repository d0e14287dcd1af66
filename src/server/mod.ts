/**
 * The server: transports, connections, limits.
 *
 * @module
 */

export * from "./address.ts";
export type { ServingSpec, TransportName } from "./messages.ts";
export * from "./pool.ts";
export * from "./server.ts";
export type { Limits, Transport } from "./transport.ts";
