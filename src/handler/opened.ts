/**
 * A data file that has been opened, and is not served yet.
 *
 * @module
 */

import type { Guard } from "../loader/guard.ts";
import type { LoadedFile, Loader } from "../loader/loader.ts";
import { mustBeUnchanged, mustStandAlone } from "../loader/unchanged.ts";
import type { OpenOptions, SharedData, Storage } from "../storage/storage.ts";

/** What it takes to open a file. */
export interface Opener {
  /** Opens files. */
  readonly storage: Storage;
  /** How it reads them. */
  readonly options: OpenOptions;
  /** Knows how they are watched over. */
  readonly loader: Loader;
}

/** An opened file. */
export interface Opened {
  /** The file. */
  readonly file: LoadedFile;
  /** Its data. */
  readonly data: SharedData;
  /** Watches over it, if it is ours. */
  readonly guard: Guard | undefined;
  /** Who has opened it. */
  readonly storage: Storage;
  /** How long that took. */
  readonly milliseconds: number;
}

/**
 * Opens a file, which must not be changed by anybody meanwhile.
 *
 * @param guarding watches over it already.
 * @throws if it cannot be opened; then nothing is held of it.
 */
export async function open(
  { storage, options, loader }: Opener,
  file: LoadedFile,
  guarding?: Guard,
): Promise<Opened> {
  const begun = performance.now();
  const { path, destination } = file;
  const guard = guarding ?? await loader.guard(file);
  let data: SharedData | undefined;
  try {
    data = await storage.open(path, { ...options, destination });
    await mustStillBe(file);
    const milliseconds = Math.round(performance.now() - begun);
    return { file, data, guard, storage, milliseconds };
  } catch (error) {
    if (data !== undefined) storage.close(data);
    guard?.close();
    throw error;
  }
}

/** Makes sure that a file which is served where it lies is as it was. */
export async function mustStillBe(file: LoadedFile): Promise<void> {
  if (file.identity === undefined) return;
  await mustBeUnchanged(file);
  await mustStandAlone(file.path);
}

/** Lets go of a file that nobody reads any more. */
export function close(
  { storage, data, guard }: Pick<Opened, "storage" | "data" | "guard">,
): void {
  storage.close(data);
  guard?.close();
}
