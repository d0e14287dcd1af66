/**
 * Which descriptors connections have that Deno has opened, and an end to them.
 *
 * Deno does not tell the descriptor of a connection. But the kernel tells of each
 * descriptor which two addresses it connects.
 *
 * ```text
 * sockaddr_in    family: 2  port: 2 (big-endian)  address: 4
 * sockaddr_in6   family: 2  port: 2 (big-endian)  flow: 4  address: 16
 *                (macOS: length: 1, family: 1)
 * ```
 *
 * @module
 */

import { errno, libc } from "../storage/memory/libc.ts";

/** A connection's two ends. */
export interface Ends {
  /** The server's. */
  readonly localAddr: Deno.NetAddr;
  /** The client's. */
  readonly remoteAddr: Deno.NetAddr;
}

const SHUT_RDWR = 2, EBADF = 9, AF_INET = 2;

/** The length of a `sockaddr_in6`, which is the longest. */
const NAME_LENGTH = 28;

/**
 * The system gives the lowest number that is free. So where so many follow each
 * other which are not in use, there are none behind them.
 */
const FREE_IN_A_ROW = 16_384;

/** Whether descriptors can be told here: with `--allow-ffi`, not on Windows. */
export function canTellDescriptors(): boolean {
  return libc() !== null;
}

/** The descriptors of those connections that are open. */
export function descriptorsOf<T extends Ends>(
  connections: readonly T[],
): Map<T, number> {
  const found = new Map<T, number>();
  const library = libc();
  if (library === null) return found;
  const wanted = new Map(connections.map((one) => [
    `${textOf(one.localAddr)} ${textOf(one.remoteAddr)}`,
    one,
  ]));
  const name = new Uint8Array(NAME_LENGTH);
  const length = new Uint32Array(1);
  const lengthBytes = new Uint8Array(length.buffer);
  let free = 0;
  for (let fd = 0; found.size < wanted.size && free < FREE_IN_A_ROW; fd++) {
    length[0] = NAME_LENGTH;
    if (library.getpeername(fd, name, lengthBytes) !== 0) {
      free = errno() === EBADF ? free + 1 : 0;
      continue;
    }
    free = 0;
    const peer = textIn(name, length[0]);
    length[0] = NAME_LENGTH;
    library.getsockname(fd, name, lengthBytes);
    const connection = wanted.get(`${textIn(name, length[0])} ${peer}`);
    if (connection !== undefined) found.set(connection, fd);
  }
  return found;
}

/** Ends a connection, whatever is being sent or awaited on it. */
export function shutDown(descriptor: number): void {
  libc()?.shutdown(descriptor, SHUT_RDWR);
}

/** An address as one text, however it was written. */
function textOf({ hostname, port }: Deno.NetAddr): string {
  const isV6 = hostname.includes(":");
  return `${isV6 ? canonical(hostname) : hostname} port ${port}`;
}

/** The address in a `sockaddr`; empty if it is not one of TCP. */
function textIn(name: Uint8Array, length: number): string {
  const port = name[2] << 8 | name[3];
  if (length === NAME_LENGTH) {
    const groups = Array.from(
      { length: 8 },
      (_, n) => (name[8 + 2 * n] << 8 | name[9 + 2 * n]).toString(16),
    );
    return `${canonical(groups.join(":"))} port ${port}`;
  }
  const family = name[Deno.build.os === "darwin" ? 1 : 0];
  if (family !== AF_INET) return "";
  return `${name.subarray(4, 8).join(".")} port ${port}`;
}

/** An IPv6 address in the one way that the URL parser writes it. */
function canonical(hostname: string): string {
  return new URL(`http://[${hostname.replace(/%.*/, "")}]`).hostname;
}
