/**
 * The server: transports, connections, limits.
 *
 * @module
 */

export * from "./address.ts";
export * from "./server.ts";
export type { Limits, Transport } from "./transport.ts";
