/**
 * What a watcher is: it says "there is a new, verified file".
 *
 * @module
 */

import type { FileIdentity } from "./file_identity.ts";

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

/** What lies beside a data file. */
export interface Beside {
  /**
   * Why the file is not to be taken as it is, in words that go on behind its
   * name.
   */
  readonly problem?: string;
  /**
   * Something that changes when what belongs to the file does; `undefined` if
   * nothing can. It may be dropped behind the file.
   */
  readonly state?: string;
}

/** Looks for what an engine keeps beside its data file. */
export interface Companions {
  /**
   * Looks beside a file.
   *
   * @param path where it was dropped.
   * @param at where its bytes are now, if they have been moved.
   */
  look(path: string, at?: string): Promise<Beside>;
  /** Looks for changes beside a path where there is no file any more. */
  leftBehind(path: string): Promise<string | undefined>;
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
   *
   * @param sumToo whether its sum may not be right any more.
   */
  forget(sumToo?: boolean): void;
}
