/**
 * Damage that the real engines tell and the check does not, and why that is
 * right: no look-up can meet it.
 */

import type { Exception } from "./engines.ts";

const BERKELEY_DB: readonly Exception[] = [
  {
    says: /./,
    note: /^cannot be checked: /,
    why: "in a database of a kind that is not served",
  },
  {
    says:
      /^BDB1053 .* item \d+ marked deleted|^BDB1045 .* item order check unsafe: skipping/,
    why:
      "data marked as deleted are not found: copied while a cursor stood there",
  },
  {
    says: /^BDB10(83|86|89) /,
    why: "counts of records serve look-ups by number only",
  },
  {
    says: /^BDB(1066|1080|1092|1094|1118) /,
    note: /several data of a key not in the order of their bytes/,
    why: "of several data the first counts, in whichever order they are",
  },
];

/** Exceptions by the name of the storage. */
export const EXCEPTIONS: Readonly<Record<string, readonly Exception[]>> = {
  bdb: BERKELEY_DB,
  "memcachedb-bdb": BERKELEY_DB,
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
