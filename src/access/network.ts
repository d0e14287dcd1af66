/**
 * What counts as one client where tries are counted: an IPv4 address, and of an
 * IPv6 address the first 64 bits, because a client has all that follow (RFC 6177).
 *
 * @module
 */

/** How an IPv4 address looks where a socket takes both kinds (RFC 4291, 2.5.5.2). */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** The groups of 16 bits that make 64. */
const NETWORK_GROUPS = 4;

/** An address without the clothes that IPv4 has on an IPv6 socket. */
export function plainAddress(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}

/**
 * The network of a client's address; what is no IP address is one of its own.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { networkOf } from "@goromdb/cli/mod";
 *
 * assertEquals(networkOf("192.0.2.1"), "192.0.2.1");
 * assertEquals(networkOf("2001:db8::7"), "2001:db8:0:0::/64");
 * ```
 */
export function networkOf(address: string): string {
  const plain = plainAddress(address);
  if (!plain.includes(":")) return plain;
  const [before, after] = plain.split("::").map((half) =>
    half === "" ? [] : half.split(":")
  );
  const zeros = Array(8 - before.length - (after?.length ?? 0)).fill("0");
  const groups = after === undefined ? before : [...before, ...zeros, ...after];
  return `${groups.slice(0, NETWORK_GROUPS).join(":")}::/64`;
}
