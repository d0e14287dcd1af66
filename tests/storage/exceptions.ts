/**
 * Damage that the real engines tell and the check does not, and why that is
 * right: no look-up can meet it.
 */

import type { Exception } from "./engines.ts";

/** Exceptions by the name of the storage. */
export const EXCEPTIONS: Readonly<Record<string, readonly Exception[]>> = {
  boltdb: [
    {
      says: /^(checksum error|version mismatch|invalid database)$/,
      why:
        "the first meta page is damaged, and bbolt looks for the second at 4096 only",
    },
  ],
};
