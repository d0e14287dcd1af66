/**
 * Sockets that listen, made with the C library.
 *
 * ```text
 * sockaddr_in    family: 2 (host order)  port: 2 (big-endian)  address: 4  zero: 8
 * sockaddr_in6   family: 2  port: 2 (big-endian)  flow: 4  address: 16  scope: 4
 * sockaddr_un    family: 2  path: up to 108, ended by a NUL
 * ```
 *
 * The numbers are those of Linux, the same on x86_64 and aarch64 (`socket(7)`,
 * `ip(7)`, `ipv6(7)`, `unix(7)`).
 *
 * @module
 */

import { isIPv6 } from "node:net";
import type { Address, TcpAddress } from "../address.ts";
import { must, type SocketLibc } from "./libc.ts";

const AF_UNIX = 1, AF_INET = 2, AF_INET6 = 10;
const SOCK_STREAM = 1, SOCK_NONBLOCK = 0o4000, SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1, SO_REUSEADDR = 2, SO_REUSEPORT = 15;
const IPPROTO_TCP = 6, TCP_NODELAY = 1;
const IPPROTO_IPV6 = 41, IPV6_V6ONLY = 26;
const UNIX_PATH_LIMIT = 108;
const SOCKADDR_IN6_LENGTH = 28;

/** Connections that wait to be accepted; the kernel has a limit of its own. */
const BACKLOG = 4096;

/** Flags for `accept4`, too. */
export const ACCEPT_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC;

const ONE = new Uint8Array(new Int32Array([1]).buffer);

/**
 * Makes a socket that listens on an address whose host name is an IP address.
 *
 * @param shared several sockets listen on it, and share its connections.
 * @returns the file descriptor.
 * @throws {SystemError} if it cannot.
 */
export function listenOn(
  libc: SocketLibc,
  address: Address,
  shared: boolean,
): number {
  const family = "path" in address
    ? AF_UNIX
    : isIPv6(address.hostname)
    ? AF_INET6
    : AF_INET;
  const type = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  const fd = must("socket", libc.socket(family, type, 0));
  try {
    if (family !== AF_UNIX) {
      setOption(libc, fd, SOL_SOCKET, SO_REUSEADDR);
      if (shared) setOption(libc, fd, SOL_SOCKET, SO_REUSEPORT);
      if (family === AF_INET6) setOption(libc, fd, IPPROTO_IPV6, IPV6_V6ONLY);
    }
    const name = socketName(address, family);
    must("bind", libc.bind(fd, name, name.length));
    must("listen", libc.listen(fd, BACKLOG));
    return fd;
  } catch (error) {
    libc.close(fd);
    throw error;
  }
}

/** The port that a TCP socket listens on. */
export function portOf(libc: SocketLibc, fd: number): number {
  const name = new Uint8Array(SOCKADDR_IN6_LENGTH);
  const length = new Uint8Array(new Uint32Array([name.length]).buffer);
  must("getsockname", libc.getsockname(fd, name, length));
  return name[2] << 8 | name[3];
}

/**
 * The IP address at the other end of a connection; `unix` for a Unix socket,
 * and `unknown` if the connection is broken.
 */
export function peerAddress(libc: SocketLibc, fd: number): string {
  const name = new Uint8Array(SOCKADDR_IN6_LENGTH);
  const length = new Uint8Array(new Uint32Array([name.length]).buffer);
  if (libc.getpeername(fd, name, length) < 0) return "unknown";
  switch (name[0]) {
    case AF_INET:
      return name.subarray(4, 8).join(".");
    case AF_INET6:
      return ipv6Text(name.subarray(8, 24));
    default:
      return "unix";
  }
}

/** Sends small replies at once. A failure means that the client has gone. */
export function setNoDelay(libc: SocketLibc, fd: number): void {
  libc.setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, ONE, ONE.length);
}

function setOption(
  libc: SocketLibc,
  fd: number,
  level: number,
  option: number,
): void {
  must("setsockopt", libc.setsockopt(fd, level, option, ONE, ONE.length));
}

function socketName(
  address: Address,
  family: number,
): Uint8Array<ArrayBuffer> {
  if ("path" in address) {
    const path = new TextEncoder().encode(address.path);
    if (path.length >= UNIX_PATH_LIMIT) {
      throw new RangeError(
        `a socket's path must be shorter than ${UNIX_PATH_LIMIT} bytes`,
      );
    }
    return new Uint8Array([family, 0, ...path, 0]);
  }
  const { port } = address;
  const head = [family, 0, port >> 8, port & 0xff];
  return family === AF_INET6
    ? new Uint8Array([...head, 0, 0, 0, 0, ...ipv6Bytes(address), 0, 0, 0, 0])
    : new Uint8Array([
      ...head,
      ...address.hostname.split(".").map(Number),
      ...new Array(8).fill(0),
    ]);
}

/** The 16 bytes of an IPv6 address; the URL parser knows all ways to write one. */
function ipv6Bytes({ hostname }: TcpAddress): number[] {
  const canonical = new URL(`http://[${hostname}]`).hostname.slice(1, -1);
  const [left, right] = canonical.split("::");
  const groups = (text = "") =>
    text === "" ? [] : text.split(":").map((group) => parseInt(group, 16));
  const before = groups(left), after = groups(right);
  const zeros = new Array(8 - before.length - after.length).fill(0);
  return [...before, ...zeros, ...after].flatMap((group) => [
    group >> 8,
    group & 0xff,
  ]);
}

/** The address of 16 bytes, in its canonical form (RFC 5952). */
function ipv6Text(bytes: Uint8Array): string {
  const groups = Array.from(
    { length: 8 },
    (_, n) => (bytes[2 * n] << 8 | bytes[2 * n + 1]).toString(16),
  );
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
