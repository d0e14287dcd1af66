/**
 * Addresses to listen on, as `-addr` takes them.
 *
 * @module
 */

/** A TCP address. */
export interface Address {
  /** A name or an IP address; `0.0.0.0` or `::` for every interface. */
  hostname: string;
  /** 0 lets the system choose. */
  port: number;
}

/**
 * Reads `HOST:PORT`, `[IPV6]:PORT`, or `:PORT` for every interface.
 *
 * @throws {RangeError} if it is none of these.
 *
 * @example
 * ```ts
 * import { parseAddress } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(parseAddress("[::1]:11211"), { hostname: "::1", port: 11211 });
 * ```
 */
export function parseAddress(text: string): Address {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) {
    throw new RangeError(
      `"${text}" is not an address: write HOST:PORT, [IPV6]:PORT or :PORT`,
    );
  }
  return { hostname: match[1] ?? (match[2] || "0.0.0.0"), port };
}

/** The address as `-addr` takes it. */
export function formatAddress({ hostname, port }: Address): string {
  return hostname.includes(":")
    ? `[${hostname}]:${port}`
    : `${hostname}:${port}`;
}
