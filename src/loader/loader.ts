/**
 * What a loader is: it brings a verified file to the place that it is served
 * from, and keeps that place in order.
 *
 * @module
 */

import type { FileIdentity } from "../watcher/file_identity.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";

/** A data file in the place that it is served from. */
export interface LoadedFile {
  /** Where it lies now. */
  readonly path: string;
  /** The sum of its content, in hexadecimal. */
  readonly sum: string;
  /** Its length in bytes. */
  readonly size: number;
  /** What it must still be when it has been opened, where others write to it. */
  readonly identity?: FileIdentity;
}

/**
 * Brings files to their place. The steps of one swap are `stage`, then
 * `settle` when the file is being served, or `reject` when it does not open.
 */
export interface Loader {
  /**
   * The data files that were loaded before, newest first; called once, at the
   * start. Clears away what a crash left behind.
   */
  recover(): Promise<LoadedFile[]>;
  /** Brings a verified file to its place. The one that is served stays. */
  stage(file: VerifiedFile): Promise<LoadedFile>;
  /** The staged file is now served: lets go of what it replaced. */
  settle(file: LoadedFile): Promise<void>;
  /**
   * The file does not open: puts it aside, with the reason.
   *
   * @returns where it is now, or `undefined` if it was left where it lay.
   */
  reject(file: LoadedFile, reason: string): Promise<string | undefined>;
  /** The file that was served before the current one, if it was kept. */
  previous(): Promise<LoadedFile | undefined>;
  /**
   * The previous file is served again: puts the one that replaced it aside, so
   * that a restart does not bring it back.
   *
   * @returns where that one is now.
   */
  rollBack(to: LoadedFile): Promise<string | undefined>;
}

/** The file changed, or went, between its verification and its move. */
export class FileChangedError extends Error {
  /** Stable: `FileChangedError`. */
  override readonly name = "FileChangedError";

  /**
   * Says which file it was.
   *
   * @param path the file.
   */
  constructor(readonly path: string) {
    super(`${path} changed after it had been verified: it will be read again`);
  }
}

/**
 * Serves files where they lie and never moves them; replacing the file by a
 * rename is the swap.
 */
export class InPlaceLoader implements Loader {
  /** There is nothing from before: the watcher will find the file. */
  recover(): Promise<LoadedFile[]> {
    return Promise.resolve([]);
  }

  /** The file stays where it lies. */
  stage({ path, sum, identity }: VerifiedFile): Promise<LoadedFile> {
    return Promise.resolve({ path, sum, size: identity.size, identity });
  }

  /** There is nothing to let go of. */
  settle(): Promise<void> {
    return Promise.resolve();
  }

  /** The file is left where it lies. */
  reject(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** What was replaced is gone. */
  previous(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** There is nothing to go back to. */
  rollBack(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
