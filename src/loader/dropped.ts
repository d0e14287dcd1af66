/**
 * Removing what is left of a drop that has been dealt with.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { VerifiedFile } from "../watcher/watcher.ts";
import { HeldFile } from "./held_file.ts";
import {
  type BeforeStep,
  removeOriginal,
  removeSum,
  tellLeftover,
} from "./remove.ts";

const logger = getLogger(["goromdb", "loader"]);

/**
 * Removes the sum of a file that has been taken, and of a copy the original; what
 * was dropped meanwhile stays.
 *
 * @param isCopy whether the file itself is still where it was dropped.
 */
export async function removeDropped(
  dropped: VerifiedFile,
  isCopy: boolean,
  beforeStep: BeforeStep,
): Promise<void> {
  const { sumPath } = dropped;
  if (isCopy && !(sumPath === undefined && await isWritten(dropped.path))) {
    await removeOriginal(dropped, beforeStep).catch(tellLeftover);
  }
  if (sumPath !== undefined) {
    await removeSum({ ...dropped, sumPath }, beforeStep).catch(tellLeftover);
  }
}

/** Whether more may come, of a file that no sum says to be complete. */
async function isWritten(path: string): Promise<boolean> {
  try {
    using held = await HeldFile.open(path);
    if (await held.lease() !== "written") return false;
  } catch {
    return false;
  }
  logger.info(
    "{path} stays where it is: somebody still has it open for writing",
    { path },
  );
  return true;
}
