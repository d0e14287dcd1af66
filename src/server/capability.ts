/**
 * What this system can do for a server: which transport, how many threads, which
 * addresses.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import { type Address, resolveAddress } from "./address.ts";
import { listenWithDeno } from "./deno_transport.ts";
import { epollSupported } from "./epoll/libc.ts";
import type { TransportName } from "./messages.ts";
import { claimSocketPath } from "./unix_socket.ts";

const logger = getLogger(["goromdb", "server"]);

/** What `-transport` takes. */
export type TransportChoice = "auto" | TransportName;

/**
 * The transport to take: epoll where it is possible, if none is named.
 *
 * @param tls whether TLS is spoken, which only Deno does.
 * @throws {RangeError} if it is named and not possible.
 */
export function chooseTransport(
  choice: TransportChoice,
  tls: boolean,
): TransportName {
  if (tls && choice === "epoll") {
    throw new RangeError(
      "-transport epoll does no TLS: leave it out, or take deno",
    );
  }
  if (tls) return "deno";
  const possible = epollSupported();
  if (choice === "epoll" && !possible) {
    throw new RangeError(
      "-transport epoll needs Linux and --allow-ffi; leave it out, or take deno",
    );
  }
  return choice === "deno" || !possible ? "deno" : "epoll";
}

/** Whether several listeners can have one port, and share its connections. */
export function canSharePorts(): boolean {
  // The functions that need --unstable-net are there only with it; to call
  // `Deno.listen` with `reusePort` without it would end the process.
  return Deno.build.os === "linux" && "listenDatagram" in Deno;
}

/** Several threads need connections that the kernel balances among them. */
export function chooseThreads(
  wanted: number | "auto",
  transport: TransportName,
  addresses: readonly Address[],
): number {
  const threads = wanted === "auto" ? navigator.hardwareConcurrency : wanted;
  if (threads === 1 || transport === "epoll") return threads;
  const balanced = canSharePorts() &&
    !addresses.some((address) => "path" in address);
  if (balanced) return threads;
  if (wanted !== "auto") {
    logger.warn(
      "one serving thread instead of {threads}: connections cannot be balanced here (it takes Linux, a TCP address and --unstable-net, or -transport epoll)",
      { threads },
    );
  }
  return 1;
}

/**
 * Makes sure that an address can be had, and chooses the port. Sockets that
 * share a port would share it with those of another server, too, without a
 * word.
 *
 * @returns the address with an IP address and a port other than 0.
 * @throws {Deno.errors.AddrInUse} and its like if it cannot be had.
 */
export async function probe(wanted: Address): Promise<Address> {
  const address = await resolveAddress(wanted);
  if ("path" in address) {
    await claimSocketPath(address.path);
    return address;
  }
  using listener = listenWithDeno(address, false);
  const { addr } = listener;
  return addr.transport === "tcp"
    ? { hostname: addr.hostname, port: addr.port }
    : address;
}
