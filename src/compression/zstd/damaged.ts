/** What is said of zstd data that are not as they should be. */

import { PackedDataError } from "../error.ts";

/** An error for damaged data. */
export function damaged(reason: string): PackedDataError {
  return new PackedDataError(`damaged zstd data: ${reason}`);
}
