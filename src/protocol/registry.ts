/**
 * The protocols that come with GOROMDB, by the name that `-proto` takes. To add
 * one, add it here.
 *
 * @module
 */

import { MemcachedProtocol } from "./memcached/memcached.ts";
import type { Protocol } from "./protocol.ts";
import { RespProtocol } from "./resp/resp.ts";

const protocols: Record<string, () => Protocol> = {
  memcached: () => new MemcachedProtocol(),
  resp: () => new RespProtocol(),
};

/** The names of all protocols. */
export const PROTOCOL_NAMES: readonly string[] = Object.keys(protocols);

/**
 * Makes the protocol of that name.
 *
 * @throws {RangeError} if there is none.
 */
export function createProtocol(name: string): Protocol {
  if (!Object.hasOwn(protocols, name)) {
    throw new RangeError(
      `there is no protocol "${name}"; there are ${PROTOCOL_NAMES.join(", ")}`,
    );
  }
  return protocols[name]();
}
