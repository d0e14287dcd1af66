/**
 * What is told of damage that a get has met.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { DataFileError } from "../storage/storage.ts";

const logger = getLogger(["goromdb", "server"]);

/** Makes a function that tells of damage, once for each file. */
export function damageReporter(): (error: DataFileError) => void {
  let told: string | undefined;
  return (error) => {
    if (error.path === told) return;
    told = error.path;
    logger.error(
      "{problem}: gets that come there fail; drop a sound file",
      { problem: error.message },
    );
  };
}
