/**
 * The C library's functions for sockets and events, on Linux.
 *
 * Each call is synchronous and costs a fraction of a microsecond. Every result
 * is checked by the caller: a negative one is told by {@linkcode errno}.
 *
 * @module
 */

const SYMBOLS = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" },
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" },
  listen: { parameters: ["i32", "i32"], result: "i32" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  setsockopt: {
    parameters: ["i32", "i32", "i32", "buffer", "u32"],
    result: "i32",
  },
  accept4: { parameters: ["i32", "pointer", "pointer", "i32"], result: "i32" },
  recv: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  send: { parameters: ["i32", "buffer", "usize", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  write: { parameters: ["i32", "buffer", "usize"], result: "i32" },
  dup: { parameters: ["i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  eventfd: { parameters: ["u32", "i32"], result: "i32" },
  epoll_create1: { parameters: ["i32"], result: "i32" },
  epoll_ctl: { parameters: ["i32", "i32", "i32", "buffer"], result: "i32" },
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32" },
  strerror: { parameters: ["i32"], result: "pointer" },
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/**
 * The functions, in one thread. A `size_t` takes a `bigint`: with a number each
 * call would take a way that is six times as long.
 */
export type SocketLibc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** glibc, then musl. */
const NAMES = ["libc.so.6", "libc.so"];

let symbols: SocketLibc | undefined;
let errnoCell: Int32Array | undefined;

/** Whether sockets can be driven this way here. Never asks for a permission. */
export function epollSupported(): boolean {
  return Deno.build.os === "linux" &&
    Deno.permissions.querySync({ name: "ffi" }).state === "granted" &&
    load() !== undefined;
}

/**
 * The functions.
 *
 * @throws {Error} where {@linkcode epollSupported} says no.
 */
export function socketLibc(): SocketLibc {
  const libc = load();
  if (libc === undefined) throw new Error("the C library cannot be called");
  return libc;
}

/** Why the last call of this thread failed. */
export function errno(): number {
  // The cell is the thread's own and stays where it is.
  errnoCell ??= new Int32Array(
    Deno.UnsafePointerView.getArrayBuffer(socketLibc().__errno_location()!, 4),
  );
  return errnoCell[0];
}

/** A call of the C library failed. */
export class SystemError extends Error {
  /** Stable: `SystemError`. */
  override readonly name = "SystemError";

  /**
   * Says which call failed, and why.
   *
   * @param call the name of the function.
   * @param errno the number that it failed with.
   */
  constructor(readonly call: string, readonly errno: number) {
    super(`${call}: ${describe(errno)}`);
  }
}

/**
 * The result of a call that must not fail.
 *
 * @throws {SystemError} if it is negative.
 */
export function must(call: string, result: number): number {
  if (result < 0) throw new SystemError(call, errno());
  return result;
}

function describe(errno: number): string {
  const text = socketLibc().strerror(errno);
  return text === null
    ? `error ${errno}`
    : new Deno.UnsafePointerView(text).getCString();
}

function load(): SocketLibc | undefined {
  for (const name of symbols === undefined ? NAMES : []) {
    try {
      symbols = Deno.dlopen(name, SYMBOLS).symbols;
      break;
    } catch {
      // The other C library, or none.
    }
  }
  return symbols;
}
