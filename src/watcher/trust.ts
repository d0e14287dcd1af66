/**
 * Whose files are taken.
 *
 * Who drops a file need not be allowed to read it: by a link to somebody else's
 * file he would have us read that for him. The kernel knows this danger
 * (`fs.protected_symlinks` and `fs.protected_hardlinks` in `proc(5)`), and where
 * it minds, in directories that all may write to, it follows a link only if its
 * owner is the directory's owner or the process's. Here that goes for every
 * directory, and for what a link leads to:
 *
 * - a file, and a symbolic link, is taken if its owner is the owner of the
 *   directory that it lies in, or root, or us;
 * - a symbolic link of anybody but root and us is followed if he may read what it
 *   leads to: his own file, or one that all may read;
 * - a file that has several names is taken if everybody who can have made this
 *   one, by the directory's mode, may read it.
 *
 * Windows has no such owners: there all files are taken.
 *
 * @module
 */

import { resolve } from "node:path";
import { libc } from "../storage/memory/libc.ts";
import { type Destination, followLinks } from "./follow_links.ts";

const GROUP_WRITES = 0o020, OTHERS_WRITE = 0o002;
const GROUP_READS = 0o040, OTHERS_READ = 0o004;

/** What is known of a file before it is read. */
export interface Trust {
  /** Why it is not taken, in words that go on behind its name. */
  readonly problem?: string;
  /** The device of the file, behind all links. */
  readonly dev: number;
  /** The number of the file on that device. */
  readonly ino: number;
  /**
   * Whether it is no link, and of the owner of its directory or ours: then who
   * drops it may read it, and be told its sum.
   */
  readonly isOwn: boolean;
}

/**
 * Judges the file at a path.
 *
 * @throws {Deno.errors.NotFound} if there is none.
 */
export async function trust(path: string): Promise<Trust> {
  if (Deno.build.os === "windows") {
    const { dev, ino } = await Deno.stat(path);
    return { dev, ino: ino ?? 0, isOwn: true };
  }
  const destination = await followLinks(path);
  const { info, directory, isLink } = destination;
  return {
    problem: problemOf(resolve(path), destination),
    dev: info.dev,
    ino: info.ino ?? 0,
    isOwn: !isLink && (info.uid === directory.uid || info.uid === ownUid()),
  };
}

function problemOf(
  path: string,
  { info, directory, links, isOpen }: Destination,
): string | undefined {
  const mode = info.mode ?? 0;
  for (const link of links) {
    const what = link.path === path
      ? `is a symbolic link of the user ${link.uid}`
      : `is behind a symbolic link of the user ${link.uid}, ${link.path}`;
    if (!isTrusted(link.uid) && link.uid !== link.directoryUid) {
      return `${what}: not followed, for that is neither the owner of the directory nor root nor ${us()}`;
    }
    const mayRead = isTrusted(link.uid) || info.uid === link.uid ||
      (mode & OTHERS_READ) !== 0 && isOpen;
    if (!mayRead) {
      return `${what}: not followed, for that user may not read what it leads to`;
    }
  }
  if (!info.isFile) return undefined; // That is told in other words.
  if (!isTrusted(info.uid ?? 0) && info.uid !== directory.uid) {
    return `belongs to the user ${info.uid}: not taken, for that is neither the owner of the directory nor root nor ${us()}`;
  }
  if ((info.nlink ?? 1) > 1 && !mayMakersRead(info, directory)) {
    return `has ${info.nlink} names, and who made this one may not be allowed to read it: not taken; drop a copy`;
  }
}

/** Whether everybody may read a file who can have made a name of it. */
function mayMakersRead(info: Deno.FileInfo, directory: Deno.FileInfo): boolean {
  const mode = info.mode ?? 0, makers = directory.mode ?? 0;
  if ((mode & OTHERS_READ) !== 0) return true;
  if ((makers & OTHERS_WRITE) !== 0) return false;
  if ((makers & GROUP_WRITES) !== 0) {
    const mayGroup = (mode & GROUP_READS) !== 0 && info.gid === directory.gid;
    if (!mayGroup) return false;
  }
  return isTrusted(directory.uid ?? 0) || info.uid === directory.uid;
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === ownUid();
}

function us(): string {
  return ownUid() === undefined
    ? "known to be us (that takes --allow-sys=uid)"
    : "us";
}

/** Who we are, if we may know. */
function ownUid(): number | undefined {
  const c = libc();
  if (c !== null) return c.geteuid();
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return state === "granted" ? Deno.uid() ?? undefined : undefined;
}
