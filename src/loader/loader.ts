/**
 * What a loader is: it brings a verified file to the place that it is served
 * from, and keeps that place in order.
 *
 * @module
 */

import { type FileIdentity, sameIfRenamed } from "../watcher/file_identity.ts";
import type { VerifiedFile } from "../watcher/watcher.ts";
import type { Guard } from "./guard.ts";

/** A data file in the place that it is served from. */
export interface LoadedFile {
  /** Where it lies now. */
  readonly path: string;
  /** Where it will lie when it is served, if that is another place. */
  readonly destination?: string;
  /** The sum of its content, in hexadecimal. */
  readonly sum: string;
  /** Its length in bytes. */
  readonly size: number;
  /** What it must still be when it has been opened, where others write to it. */
  readonly identity?: FileIdentity;
}

/**
 * Brings files to their place. The steps of one swap are `stage`, `guard`, `place`
 * when the file has been opened, and `settle` when it is served; or `reject` when
 * it does not open.
 */
export interface Loader {
  /**
   * The data files that were loaded before, newest first; called once, at the
   * start. Clears away what a crash left behind.
   */
  recover(): Promise<LoadedFile[]>;
  /**
   * Brings a verified file to its place. The one that is served stays, and so
   * does the one that is kept for a roll-back.
   */
  stage(dropped: VerifiedFile): Promise<LoadedFile>;
  /**
   * Keeps others from writing to a file while it is served, as far as the system
   * lets us, and sees when they do.
   *
   * @returns its owner closes it when nobody reads the file any more; `undefined`
   * where files belong to others.
   */
  guard(file: LoadedFile): Promise<Guard | undefined>;
  /**
   * The file has been opened, and is about to be served: from now on a restart
   * serves it.
   *
   * @returns the file as it lies now.
   */
  place(file: LoadedFile): Promise<LoadedFile>;
  /** The file is now served: lets go of what it replaced. */
  settle(): Promise<void>;
  /**
   * The file does not open: puts it aside, with the reason.
   *
   * @returns where it is now, or `undefined` if it was left where it lay.
   */
  reject(file: LoadedFile, reason: string): Promise<string | undefined>;
  /**
   * What was dropped is what is served: takes it away.
   *
   * @returns false if it is to be loaded all the same.
   */
  discard(dropped: VerifiedFile, served: LoadedFile): Promise<boolean>;
  /** The file that was served before the current one, if it was kept. */
  previous(): Promise<LoadedFile | undefined>;
  /**
   * The previous file is served again: puts the one that replaced it aside, so
   * that a restart does not bring it back.
   *
   * @returns where that one is now; `undefined` if it is nowhere.
   */
  rollBack(to: LoadedFile, reason: string): Promise<string | undefined>;
  /**
   * Somebody changes the file that is served, or wants to: puts a copy in its
   * place, of what is still held open.
   *
   * @param guard watches over it, and goes on to do so.
   * @param reason what is done to the file.
   * @returns what watches over the copy; `undefined` if that would not be what
   * was loaded any more.
   */
  restore(
    file: LoadedFile,
    guard: Guard,
    reason: string,
  ): Promise<Guard | undefined>;
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

  /** The file is its owner's, who may write to it. */
  guard(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** The file stays where it lies. */
  place(file: LoadedFile): Promise<LoadedFile> {
    return Promise.resolve(file);
  }

  /** There is nothing to let go of. */
  settle(): Promise<void> {
    return Promise.resolve();
  }

  /** The file is left where it lies. */
  reject(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** The file that is served may have another owner or mode now: it stays. */
  discard({ identity }: VerifiedFile, served: LoadedFile): Promise<boolean> {
    return Promise.resolve(sameIfRenamed(identity, served.identity));
  }

  /** What was replaced is gone. */
  previous(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** There is nothing to go back to. */
  rollBack(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** There is no copy. */
  restore(): Promise<undefined> {
    return Promise.resolve(undefined);
  }
}
