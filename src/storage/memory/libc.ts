/**
 * The C library's functions that a data set is opened with, and that tell of the
 * process, where the platform has them and the process may call them.
 *
 * @module
 */

/** What is `optional` is on Linux alone. */
const SYMBOLS = {
  open: { parameters: ["buffer", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  mmap: {
    parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"],
    result: "pointer",
  },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  madvise: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  flock: { parameters: ["i32", "i32"], result: "i32" },
  geteuid: { parameters: [], result: "u32" },
  getrlimit: { parameters: ["i32", "buffer"], result: "i32" },
  setpriority: { parameters: ["i32", "u32", "i32"], result: "i32" },
  fcntl: { parameters: ["i32", "i32", "i32"], result: "i32" },
  ioctl: {
    parameters: ["i32", "u64", "i32"],
    result: "i32",
    nonblocking: true,
  },
  lseek: { parameters: ["i32", "i64", "i32"], result: "i64" },
  setfsuid: { parameters: ["u32"], result: "i32", optional: true },
  statx: {
    parameters: ["i32", "buffer", "i32", "u32", "buffer"],
    result: "i32",
    nonblocking: true,
    optional: true, // not in glibc before 2.28
  },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  getpeername: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" },
  shutdown: { parameters: ["i32", "i32"], result: "i32" },
  sysconf: { parameters: ["i32"], result: "i64" },
  // Of glibc alone.
  mallopt: { parameters: ["i32", "i32"], result: "i32", optional: true },
  malloc_trim: { parameters: ["usize"], result: "i32", optional: true },
} as const satisfies Deno.ForeignLibraryInterface;

const POINTER_TO_INT = {
  parameters: [],
  result: "pointer",
} as const satisfies Deno.ForeignFunction;

/** The functions of the C library that are called here. */
export type Libc = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Names of the C library, and of its function that says where `errno` is. */
const LIBRARIES: Partial<
  Record<typeof Deno.build.os, { names: string[]; errno: string }>
> = {
  // glibc, then musl.
  linux: { names: ["libc.so.6", "libc.so"], errno: "__errno_location" },
  darwin: { names: ["libSystem.B.dylib"], errno: "__error" },
};

interface Opened {
  libc: Libc;
  errno: () => Deno.PointerValue;
}

let opened: Opened | null | undefined;

/**
 * Opens the C library, once.
 *
 * @returns `null` without `--allow-ffi`, or where there is none to open. Never
 * asks for the permission.
 */
export function libc(): Libc | null {
  opened ??= open();
  return opened?.libc ?? null;
}

/** Why the last call failed; 0 if that cannot be told. */
export function errno(): number {
  const pointer = opened?.errno() ?? null;
  return pointer === null ? 0 : new Deno.UnsafePointerView(pointer).getInt32();
}

function open(): Opened | null {
  const library = LIBRARIES[Deno.build.os];
  if (
    library === undefined ||
    Deno.permissions.querySync({ name: "ffi" }).state !== "granted"
  ) return null;
  for (const name of library.names) {
    try {
      const { symbols } = Deno.dlopen(name, {
        ...SYMBOLS,
        errno: { ...POINTER_TO_INT, name: library.errno },
      });
      return { libc: symbols, errno: symbols.errno };
    } catch {
      // The other C library, or none.
    }
  }
  return null;
}
