/**
 * The lock on a file that some engines take for as long as they have it open: an
 * exclusive one to write, a shared one to read (`flock`; bbolt's `bolt_unix.go`,
 * GDBM's `lock.c`).
 *
 * @module
 */

import { libc } from "./memory/libc.ts";

// From <fcntl.h> and <sys/file.h>; the same on Linux and macOS.
const O_RDONLY = 0;
const LOCK_SH = 1, LOCK_NB = 4;

/**
 * Whether a program has the file open for writing. Where that cannot be asked
 * (Deno before 2.5 without `--allow-ffi`, some file servers), it has not.
 *
 * The question takes the lock for some microseconds. Engines try again: bbolt for
 * as long as its `Options.Timeout` says.
 */
export async function isWritten(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  try {
    if ("tryLock" in file) return !await file.tryLock(false);
  } catch {
    return false;
  }
  return isWrittenForLibc(path);
}

function isWrittenForLibc(path: string): boolean {
  const c = libc();
  if (c === null) return false;
  const fd = c.open(new TextEncoder().encode(`${path}\0`), O_RDONLY);
  if (fd < 0) return false;
  try {
    return c.flock(fd, LOCK_SH | LOCK_NB) !== 0;
  } finally {
    c.close(fd);
  }
}
