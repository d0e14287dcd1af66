/**
 * The protocols that come with GOROMDB, by the name that `-proto` takes. To add
 * one, add it here.
 *
 * @module
 */

import { type HttpOptions, HttpProtocol } from "./http/http.ts";
import { MemcachedProtocol } from "./memcached/memcached.ts";
import type { Protocol } from "./protocol.ts";
import { RespProtocol } from "./resp/resp.ts";

/** The name of the protocol that {@linkcode HttpOptions} are of. */
export const HTTP = "http";

const protocols: Record<string, (options: HttpOptions) => Protocol> = {
  memcached: () => new MemcachedProtocol(),
  resp: () => new RespProtocol(),
  [HTTP]: (options) => new HttpProtocol(options),
};

/** The names of all protocols. */
export const PROTOCOL_NAMES: readonly string[] = Object.keys(protocols);

/**
 * Makes the protocol of that name.
 *
 * @param options for HTTP.
 * @throws {RangeError} if there is none.
 */
export function createProtocol(
  name: string,
  options: HttpOptions = {},
): Protocol {
  if (!Object.hasOwn(protocols, name)) {
    throw new RangeError(
      `there is no protocol "${name}"; there are ${PROTOCOL_NAMES.join(", ")}`,
    );
  }
  return protocols[name](options);
}
