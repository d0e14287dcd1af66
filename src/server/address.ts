/**
 * Addresses to listen on, as `-addr` takes them.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { plainAddress } from "../access/network.ts";

/** A TCP address. */
export interface TcpAddress {
  /** A name or an IP address; `0.0.0.0` or `::` for every interface. */
  hostname: string;
  /** 0 lets the system choose. */
  port: number;
}

/** A Unix socket. */
export interface UnixAddress {
  /** Where it is in the file system. */
  path: string;
}

/** Where to listen. */
export type Address = TcpAddress | UnixAddress;

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, `:PORT` for every interface, or `unix:PATH`.
 *
 * @throws {RangeError} if it is none of these.
 *
 * @example
 * ```ts
 * import { parseAddress } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseAddress("[::1]:11211"), { hostname: "::1", port: 11211 });
 * assertEquals(parseAddress("unix:/run/kv"), { path: "/run/kv" });
 * ```
 */
export function parseAddress(text: string): Address {
  const path = /^unix:(.+)$/.exec(text)?.[1];
  if (path !== undefined) return { path };
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535 || match[1] && isIP(match[1]) !== 6) {
    throw new RangeError(
      `"${text}" is not an address: write HOST:PORT, [IPV6]:PORT, :PORT or unix:PATH`,
    );
  }
  return { hostname: match[1] ?? (match[2] || "0.0.0.0"), port };
}

/** The address as `-addr` takes it. */
export function formatAddress(address: Address): string {
  if ("path" in address) return `unix:${address.path}`;
  const { hostname, port } = address;
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}

/** The host names among addresses: those that are no IP address. */
export function namesOf(addresses: readonly Address[]): string[] {
  return addresses.flatMap((address) =>
    "path" in address || isIP(address.hostname) ? [] : [address.hostname]
  );
}

/**
 * The address with the IP address of its host name.
 *
 * @throws {Error} if there is none.
 */
export async function resolveAddress(address: Address): Promise<Address> {
  if ("path" in address || isIP(address.hostname)) return address;
  const { address: hostname } = await lookup(address.hostname);
  return { ...address, hostname };
}

/** Whether only this machine reaches an address, which is none by name. */
export function isLocal(address: Address): boolean {
  if ("path" in address) return true;
  const hostname = plainAddress(address.hostname);
  return hostname === "::1" || /^127\./.test(hostname);
}
