/**
 * Whether a file is still the one that was verified.
 *
 * @module
 */

import { companions } from "../storage/companions.ts";
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

/**
 * Makes sure that nothing beside a file belongs to it that was not there when it
 * was verified: a journal, or somebody who writes it.
 *
 * @param path where it was dropped.
 * @param at where its bytes are now.
 * @throws {FileChangedError} if there is; the watcher will tell it.
 */
export async function mustStandAlone(
  path: string,
  at: string = path,
): Promise<void> {
  const { problem } = await companions.look(path, at);
  if (problem !== undefined) throw new FileChangedError(path);
}
