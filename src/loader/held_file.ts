/**
 * A file that is held open, and on Linux leased: whoever then opens it for
 * writing, or truncates it, by whatever name, waits until it is let go (for
 * `/proc/sys/fs/lease-break-time` seconds at most, 45 if not set otherwise).
 *
 * ```text
 * fcntl(F_SETLEASE, F_RDLCK)   granted, if nobody has the file open for writing
 *                     EAGAIN   somebody has, or has mapped it to write to it
 *                     EACCES   it is another user's (root may call as that one)
 *                     EINVAL   the file system has no leases (NFS, FUSE)
 * fcntl(F_GETLEASE)            F_RDLCK, until somebody wants to write
 * ```
 *
 * @module
 */

import { errno, libc } from "../storage/memory/libc.ts";
import {
  type FileStatus,
  identifyOpen,
  type OpenFile,
} from "../watcher/file_identity.ts";

// From <fcntl.h> and <signal.h> on Linux.
const O_RDONLY = 0, O_NONBLOCK = 0o4000, O_CLOEXEC = 0o2000000;
const F_SETSIG = 10, F_SETLEASE = 1024, F_GETLEASE = 1025, F_RDLCK = 0;
/** What the system sends when a lease is broken: if nothing is done, nothing. */
const SIGURG = 23;
const EAGAIN = 11, EACCES = 13;

/** What became of the wish for a lease. */
export type LeaseOutcome =
  /** Nobody writes to the file from now on. */
  | "held"
  /** Somebody has it open for writing. */
  | "written"
  /** That cannot be told here. */
  | "unavailable";

/** An open file. */
export class HeldFile implements OpenFile {
  /** To read from. */
  readonly file: Deno.FsFile;
  /** The C library's descriptor of the same file, where that may be called. */
  readonly fd?: number;
  #lease: LeaseOutcome = "unavailable";

  private constructor(file: Deno.FsFile, fd: number | undefined) {
    this.file = file;
    this.fd = fd;
  }

  /**
   * Opens a file to read it.
   *
   * @throws {Deno.errors.NotFound} and its like if that cannot be done.
   */
  static async open(path: string): Promise<HeldFile> {
    const c = Deno.build.os === "linux" ? libc() : null;
    const name = new TextEncoder().encode(`${path}\0`);
    // A pipe would be waited for.
    const flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
    const fd = c === null ? -1 : c.open(name, flags);
    try {
      const file = await Deno.open(path);
      const held = new HeldFile(file, fd < 0 ? undefined : fd);
      if (fd < 0 || await isSame(held)) return held;
      file.close();
      throw new Deno.errors.NotFound(`${path} was replaced`);
    } catch (error) {
      if (fd >= 0) c!.close(fd);
      throw error;
    }
  }

  /** What the file is, whatever its path leads to by now. */
  status(): Promise<FileStatus> {
    return identifyOpen(this);
  }

  /** Asks for a lease, which ends with {@linkcode close}. */
  async lease(): Promise<LeaseOutcome> {
    const c = libc();
    if (c === null || this.fd === undefined) return this.#lease;
    const { uid } = await this.status();
    const ask = () => {
      c.fcntl(this.fd!, F_SETSIG, SIGURG);
      return c.fcntl(this.fd!, F_SETLEASE, F_RDLCK) === 0 ? 0 : errno();
    };
    let failure = ask();
    if (failure === EACCES && c.setfsuid !== null) {
      // Without the right to lease the files of others, we may still be root.
      const own = c.setfsuid(uid);
      failure = ask();
      c.setfsuid(own);
    }
    this.#lease = failure === 0
      ? "held"
      : failure === EAGAIN
      ? "written"
      : "unavailable";
    return this.#lease;
  }

  /**
   * Whether it is certain that nobody has written to the file since it was
   * leased. If not, somebody waits to do so, or has waited for too long.
   */
  get leased(): boolean {
    return this.#lease === "held" &&
      libc()!.fcntl(this.fd!, F_GETLEASE, 0) === F_RDLCK;
  }

  /** Whether it has been leased, and may still be. */
  get wasLeased(): boolean {
    return this.#lease === "held";
  }

  /** Whether somebody writes to the file, or waits to do so. */
  get written(): boolean {
    return this.#lease === "written" || this.#lease === "held" && !this.leased;
  }

  /** Lets the file go: those who wait to write to it go on. */
  close(): void {
    this.#lease = "unavailable";
    this.file.close();
    if (this.fd !== undefined) libc()!.close(this.fd);
  }

  /** So that `using` closes it. */
  [Symbol.dispose](): void {
    this.close();
  }
}

/** Whether both descriptors are of one file: it may be replaced in between. */
async function isSame({ file, fd }: HeldFile): Promise<boolean> {
  const [one, other] = await Promise.all([
    identifyOpen({ file }),
    identifyOpen({ file, fd }),
  ]);
  return one.dev === other.dev && one.ino === other.ino;
}
