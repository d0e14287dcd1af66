/**
 * Whether a file is still the one that was verified.
 *
 * @module
 */

import { identify, sameFile } from "../watcher/file_identity.ts";
import { FileChangedError, type LoadedFile } from "./loader.ts";

/**
 * Makes sure that a file is still the one that was verified.
 *
 * @throws {FileChangedError} if it is not.
 */
export async function mustBeUnchanged(
  { path, identity }: Pick<LoadedFile, "path" | "identity">,
): Promise<void> {
  if (identity === undefined) return;
  if (!sameFile(await identify(path), identity)) {
    throw new FileChangedError(path);
  }
}
