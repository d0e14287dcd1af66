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
  gdbm: [
    {
      says: /Malformed avail_block|Malformed bucket header/,
      why: "a list of free space is damaged, which only writers read",
    },
    {
      says:
        /Malformed database file header|Database needs recovery|Block size error/,
      why:
        "the block size, the file's end or the list of free space in the header is damaged, which only writers read",
    },
  ],
  zip: [
    {
      says: /zip file version/,
      why: "the version that a reader must have is damaged, not the entry",
    },
  ],
};
