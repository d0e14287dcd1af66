/**
 * What a watcher is: it says "there is a new, verified file".
 *
 * @module
 */

/** What identifies the content of a path, without reading it. */
export interface FileIdentity {
  /** The device of the file system. */
  readonly dev: number;
  /** The number of the file on that device. */
  readonly ino: number;
  /** In bytes. */
  readonly size: number;
  /** The time of the last change, in milliseconds since 1970. */
  readonly mtime: number;
}

/** A data file that is complete and, where there is a sum, the right one. */
export interface VerifiedFile {
  /** Where it lies. */
  readonly path: string;
  /** The file with its sum, which goes when the data file has been moved. */
  readonly sumPath?: string;
  /** The sum of its content: 32 (MD5) or 64 (SHA-256) hexadecimal digits. */
  readonly sum: string;
  /** What the path was when it was verified. */
  readonly identity: FileIdentity;
}

/** Watches one path. */
export interface Watcher {
  /**
   * Yields each new file, once; ends when `signal` aborts. While the caller is
   * busy with one file nothing is read, and of several that arrive meanwhile
   * only the last is seen.
   */
  watch(signal: AbortSignal): AsyncIterable<VerifiedFile>;
  /**
   * Yields the file that was yielded last once more, if it is still there: what
   * was to be done with it failed for a reason that may pass.
   */
  forget(): void;
}

/**
 * The identity of the file at `path`, or `undefined` where there is none.
 * Follows symbolic links.
 */
export async function identify(
  path: string,
): Promise<FileIdentity & { isFile: boolean } | undefined> {
  try {
    const info = await Deno.stat(path);
    return { ...identityOf(info), isFile: info.isFile };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** The identity of a file of which the system has told. */
export function identityOf(info: Deno.FileInfo): FileIdentity {
  return {
    dev: info.dev,
    ino: info.ino ?? 0,
    size: info.size,
    mtime: info.mtime?.getTime() ?? 0,
  };
}

/** Whether two identities are of the same, unchanged file. */
export function sameFile(
  a: FileIdentity | undefined,
  b: FileIdentity | undefined,
): boolean {
  return a !== undefined && b !== undefined && a.dev === b.dev &&
    a.ino === b.ino && a.size === b.size && a.mtime === b.mtime;
}
