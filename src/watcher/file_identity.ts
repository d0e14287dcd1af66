/**
 * What tells a file from another, and from itself as it was, without reading it.
 *
 * Whoever writes a file may set its size and its time of change as they were
 * (`cp -p`, `rsync --times --inplace`, `touch -r`), but not the time at which the
 * system has last changed anything about it, `ctime`.
 *
 * @module
 */

import { libc } from "../storage/memory/libc.ts";

/** What identifies the content of a path, without reading it. */
export interface FileIdentity {
  /** The device of the file system. */
  readonly dev: number;
  /** The number of the file on that device. */
  readonly ino: number;
  /** In bytes. */
  readonly size: number;
  /** The time of the last change, in whole milliseconds since 1970. */
  readonly mtime: number;
  /**
   * When content, names, owner or mode were last changed, in milliseconds since
   * 1970: with fractions where the C library may be called, and else, as Deno
   * tells it, in whole seconds.
   */
  readonly ctime: number;
}

/** What a path is. */
export interface FileStatus extends FileIdentity {
  /** Whether it is a regular file. */
  readonly isFile: boolean;
  /** How many names it has. */
  readonly links: number;
  /** The number of its owner; 0 where there are none. */
  readonly uid: number;
}

// From <linux/stat.h> and <fcntl.h>.
const AT_FDCWD = -100, AT_EMPTY_PATH = 0x1000;
const STATX_BASIC_STATS = 0x7ff;
const STATX_SIZE = 256;
const S_IFMT = 0o170000, S_IFREG = 0o100000;

/**
 * The file at `path`, or `undefined` where there is none. Follows symbolic links.
 *
 * @throws {Deno.errors.PermissionDenied} and its like if that cannot be told.
 */
export async function identify(path: string): Promise<FileStatus | undefined> {
  const exact = await statx(AT_FDCWD, path, 0);
  if (exact !== undefined) return exact;
  try {
    return statusOf(await Deno.stat(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The file that is open, whatever its path leads to by now. */
export async function identifyOpen(file: OpenFile): Promise<FileStatus> {
  const exact = file.fd === undefined
    ? undefined
    : await statx(file.fd, "", AT_EMPTY_PATH);
  return exact ?? statusOf(await file.file.stat());
}

/** A file that is open. */
export interface OpenFile {
  /** To read from. */
  readonly file: Deno.FsFile;
  /** The C library's descriptor of the same file, where that may be called. */
  readonly fd?: number;
}

/** The identity alone: plain data, to be kept. */
export function identityOf(
  { dev, ino, size, mtime, ctime }: FileIdentity,
): FileIdentity {
  return { dev, ino, size, mtime, ctime };
}

/** Whether two identities are of the same, unchanged file. */
export function sameFile(
  a: FileIdentity | undefined,
  b: FileIdentity | undefined,
): boolean {
  return sameIfRenamed(a, b) && a!.ctime === b!.ctime;
}

/**
 * Whether two identities are of the same file, before and after a renaming of our
 * own: that changes `ctime`, and nothing else.
 */
export function sameIfRenamed(
  a: FileIdentity | undefined,
  b: FileIdentity | undefined,
): boolean {
  return a !== undefined && b !== undefined && a.dev === b.dev &&
    a.ino === b.ino && a.size === b.size && a.mtime === b.mtime;
}

function statusOf(info: Deno.FileInfo): FileStatus {
  return {
    dev: info.dev,
    ino: info.ino ?? 0,
    size: info.size,
    mtime: info.mtime?.getTime() ?? 0,
    ctime: info.ctime?.getTime() ?? 0,
    isFile: info.isFile,
    links: info.nlink ?? 1,
    uid: info.uid ?? 0,
  };
}

/**
 * Asks the system itself, which knows times to the nanosecond.
 *
 * @returns `undefined` if it cannot be asked, or has no such file.
 */
async function statx(
  directory: number,
  path: string,
  flags: number,
): Promise<FileStatus | undefined> {
  const call = libc()?.statx ?? null;
  if (call === null) return undefined;
  const name = new TextEncoder().encode(`${path}\0`);
  const answer = new Uint8Array(STATX_SIZE);
  // In another thread: a file server may take its time. What the call reads and
  // writes must not be collected meanwhile.
  const [failed] = await Promise.all([
    call(directory, name, flags, STATX_BASIC_STATS, answer),
    name,
    answer,
  ]);
  if (failed !== 0) return undefined;
  const view = new DataView(answer.buffer);
  const u32 = (at: number) => view.getUint32(at, true);
  const u64 = (at: number) => Number(view.getBigUint64(at, true));
  const seconds = (at: number) => Number(view.getBigInt64(at, true));
  return {
    dev: device(u32(136), u32(140)),
    ino: u64(32),
    size: u64(40),
    mtime: seconds(112) * 1000 + Math.floor(u32(120) / 1e6),
    ctime: seconds(96) * 1000 + u32(104) / 1e6,
    isFile: (view.getUint16(28, true) & S_IFMT) === S_IFREG,
    links: u32(16),
    uid: u32(20),
  };
}

/** The number that `stat` gives a device: glibc's `makedev`. */
function device(major: number, minor: number): number {
  return (major >>> 12) * 2 ** 44 + (minor >>> 8) * 2 ** 20 +
    (major & 0xfff) * 2 ** 8 + (minor & 0xff);
}
