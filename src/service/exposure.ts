/**
 * What is told of a listener that strangers can reach. Redis refuses them in its
 * protected mode; here the one who starts the server is told.
 *
 * @module
 */

import type { ListenerSettings } from "../config/settings.ts";
import { HTTP } from "../protocol/registry.ts";
import { type Address, formatAddress, isLocal } from "../server/address.ts";

/**
 * What is open to other machines, and what to do; `undefined` if nothing is.
 *
 * @param addresses where it listens; host names are IP addresses.
 */
export function exposureOf(
  addresses: readonly Address[],
  settings: Pick<ListenerSettings, "proto" | "users" | "tokens" | "tls-cert">,
): string | undefined {
  const open = addresses.filter((address) => !isLocal(address));
  const lacks: [what: string, flag: string][] = [];
  if (settings.proto === HTTP) {
    if (settings.tokens === undefined) lacks.push(["a token", "-tokens"]);
  } else if (settings.users === undefined) lacks.push(["a password", "-users"]);
  if (settings["tls-cert"] === undefined) lacks.push(["TLS", "-tls-cert"]);
  if (open.length === 0 || lacks.length === 0) return undefined;
  const where = open.map(formatAddress).join(", ");
  const without = lacks.map(([what]) => `without ${what}`).join(" and ");
  const flags = lacks.map(([, flag]) => flag).join(" and ");
  return `other machines can reach ${where} ${without}: give ${flags}, or let a firewall keep strangers out`;
}
