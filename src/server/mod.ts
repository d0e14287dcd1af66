/**
 * The server: transports, connections, limits.
 *
 * @module
 */

export * from "./address.ts";
export type { TransportChoice } from "./capability.ts";
export type { Credentials, FileText } from "./credentials.ts";
export type { ServedDatabase, ServingSpec, TransportName } from "./messages.ts";
export * from "./pool.ts";
export * from "./server.ts";
export type { Certificate } from "./tls.ts";
export type { Limits, Transport } from "./transport.ts";
