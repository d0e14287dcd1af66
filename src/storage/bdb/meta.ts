/**
 * Metadata pages: what kind of database a file has, and whether it can be read.
 * Every file that cannot is told by what it is.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
import {
  BTM_COMPRESS,
  BTM_DUP,
  BTM_DUPSORT,
  BTM_MASK,
  BTM_RECNO,
  BTM_SUBDB,
  BTMETA_ROOT,
  CHARKEY,
  DB_BTREEMAGIC,
  DB_HASHMAGIC,
  DB_HEAPMAGIC,
  DB_QAMMAGIC,
  DBMETA_CHKSUM,
  DBMETA_PART,
  DBMETASIZE,
  HASHM_DUP,
  HASHM_DUPSORT,
  HASHM_MASK,
  HASHM_SUBDB,
  HMETA_CHARKEY,
  HMETA_HIGH_MASK,
  HMETA_LOW_MASK,
  HMETA_MAX_BUCKET,
  HMETA_SPARES,
  INDEX,
  INDEX_CHKSUM,
  MAX_PAGESIZE,
  META_ENCRYPT_ALG,
  META_FLAGS,
  META_LAST_PGNO,
  META_MAGIC,
  META_METAFLAGS,
  META_NPARTS,
  META_PAGESIZE,
  META_VERSION,
  NCACHED,
  P_BTREEMETA,
  P_HASHMETA,
} from "./layout.ts";
import { type Page, readNumber } from "./page.ts";
import { Pages } from "./pages.ts";
import { hashKey } from "./sums.ts";

/** What a B-tree's metadata say. */
export interface BtreeMeta {
  readonly kind: "btree";
  /** The number of the metadata page. */
  readonly pgno: number;
  /** The root page. */
  readonly root: number;
  /** Whether a key can have several data. */
  readonly duplicates: boolean;
  /** Whether those are sorted. */
  readonly sorted: boolean;
  /** Whether this is a named database or, on page 0, the list of them. */
  readonly isNamed: boolean;
}

/** What a hash's metadata say. */
export interface HashMeta {
  readonly kind: "hash";
  /** The number of the metadata page. */
  readonly pgno: number;
  /** The last bucket in use. */
  readonly maxBucket: number;
  /** Gives a hash value's bucket; all ones, and not less than `maxBucket`. */
  readonly highMask: number;
  /** Gives it if that bucket is not in use; half of `highMask`. */
  readonly lowMask: number;
  /** What to add to a bucket of so many bits to have its page. */
  readonly spares: Uint32Array;
  /** Whether a key can have several data. */
  readonly duplicates: boolean;
  /** Whether those are sorted. */
  readonly sorted: boolean;
  /** Whether this is a named database. */
  readonly isNamed: boolean;
}

/** The versions that Berkeley DB 4.1 to 5.3 write. */
const BTREE_VERSIONS = { oldest: 9, newest: 9 };
const HASH_VERSIONS = { oldest: 8, newest: 9 };

const MAGICS: ReadonlySet<number> = new Set([
  DB_BTREEMAGIC,
  DB_HASHMAGIC,
  DB_QAMMAGIC,
  DB_HEAPMAGIC,
]);

const WHAT_CAN_BE_READ =
  "only B-trees and hashes of Berkeley DB 4.1 to 5.3 can be served";

const charkey = new TextEncoder().encode(CHARKEY);
const CHARKEY_HASH = hashKey(charkey, 0, charkey.length);

/**
 * Opens a file's pages, by what page 0 says.
 *
 * @throws {DataFileError} if it is not a Berkeley DB file, or not a whole one.
 */
export function openPages(path: string, bytes: Uint8Array): Pages {
  if (bytes.length < DBMETASIZE) {
    throw new DataFileError(
      path,
      `not a Berkeley DB file: it has ${bytes.length} bytes, and the metadata alone take ${DBMETASIZE}`,
    );
  }
  const little = MAGICS.has(readNumber(bytes, META_MAGIC, true));
  if (!little && !MAGICS.has(readNumber(bytes, META_MAGIC, false))) {
    throw new DataFileError(
      path,
      `not a Berkeley DB file: no magic number at offset ${META_MAGIC}`,
    );
  }
  if (bytes[META_ENCRYPT_ALG] !== 0) {
    throw new DataFileError(path, `an encrypted database; ${WHAT_CAN_BE_READ}`);
  }
  const size = readNumber(bytes, META_PAGESIZE, little);
  if (size < DBMETASIZE || size > MAX_PAGESIZE || (size & (size - 1)) !== 0) {
    throw new DataFileError(
      path,
      `damaged: its page size of ${size} is not a power of two from ${DBMETASIZE} to ${MAX_PAGESIZE}`,
    );
  }
  const found = bytes.length / size;
  if (!Number.isInteger(found)) {
    throw new DataFileError(
      path,
      `truncated: ${bytes.length} bytes are not a whole number of pages of ${size} bytes`,
    );
  }
  const count = readNumber(bytes, META_LAST_PGNO, little) + 1;
  if (found < count) {
    throw new DataFileError(
      path,
      `truncated: it has ${found} of ${count} pages`,
    );
  }
  const checksummed = (bytes[META_METAFLAGS] & DBMETA_CHKSUM) !== 0;
  const index = checksummed ? INDEX_CHKSUM : INDEX;
  return new Pages(path, bytes, { little, size, count, checksummed, index });
}

/**
 * Reads the metadata page of a database.
 *
 * @throws {DataFileError} if that is not a B-tree or a hash that can be read.
 */
export function readMeta(pages: Pages, pgno: number): BtreeMeta | HashMeta {
  const meta = pages.newPage();
  pages.loadMeta(meta, pgno);
  switch (meta.u32(META_MAGIC)) {
    case DB_BTREEMAGIC:
      checkVersion(pages, meta, "B-tree", BTREE_VERSIONS);
      checkPage(pages, meta, P_BTREEMETA);
      return readBtree(pages, meta);
    case DB_HASHMAGIC:
      checkVersion(pages, meta, "hash", HASH_VERSIONS);
      checkPage(pages, meta, P_HASHMETA);
      return readHash(pages, meta);
    case DB_QAMMAGIC:
      throw unsupported(pages, "a queue: its keys are record numbers");
    case DB_HEAPMAGIC:
      throw unsupported(pages, "a heap: its keys are the places of records");
    default:
      throw meta.damaged("has no magic number of metadata");
  }
}

/** Refuses what other versions of Berkeley DB have written. */
function checkVersion(
  pages: Pages,
  meta: Page,
  name: string,
  { oldest, newest }: { oldest: number; newest: number },
): void {
  const version = meta.u32(META_VERSION);
  if (version < oldest) {
    throw unsupported(
      pages,
      `a ${name} of version ${version}, older than ${oldest}: upgrade it with db_upgrade`,
    );
  }
  if (version > newest) {
    throw unsupported(
      pages,
      `a ${name} of version ${version}, newer than ${newest}: dump it with db_dump, and load that with an older db_load`,
    );
  }
}

/** Checks what all metadata pages have in common. */
function checkPage(
  pages: Pages,
  meta: Page,
  type: number,
): void {
  const flags = meta.u8(META_METAFLAGS);
  if ((flags & DBMETA_PART) !== 0 || meta.u32(META_NPARTS) !== 0) {
    throw unsupported(
      pages,
      "a partitioned database: its records are in the files __dbp.* beside it",
    );
  }
  if ((flags & ~(DBMETA_CHKSUM | DBMETA_PART)) !== 0) {
    throw meta.damaged(`has unknown metadata flags in ${flags}`);
  }
  if (meta.type !== type) {
    throw meta.damaged(
      `is of type ${meta.type}, not ${type} as its magic number says`,
    );
  }
  const size = meta.u32(META_PAGESIZE);
  if (size !== pages.format.size) {
    throw meta.damaged(
      `gives a page size of ${size} in a file with ${pages.format.size}`,
    );
  }
}

function readBtree(
  pages: Pages,
  meta: Page,
): BtreeMeta {
  const flags = meta.u32(META_FLAGS);
  if ((flags & BTM_RECNO) !== 0) {
    throw unsupported(pages, "a recno database: its keys are record numbers");
  }
  if ((flags & BTM_COMPRESS) !== 0) {
    throw unsupported(pages, "a compressed B-tree");
  }
  if ((flags & ~BTM_MASK) !== 0) throw unknownFlags(meta, flags);
  return {
    kind: "btree",
    pgno: meta.pgno,
    root: meta.u32(BTMETA_ROOT),
    duplicates: (flags & BTM_DUP) !== 0,
    sorted: (flags & BTM_DUPSORT) !== 0,
    isNamed: (flags & BTM_SUBDB) !== 0,
  };
}

function readHash(
  pages: Pages,
  meta: Page,
): HashMeta {
  const flags = meta.u32(META_FLAGS);
  if ((flags & ~HASHM_MASK) !== 0) throw unknownFlags(meta, flags);
  const hash = meta.u32(HMETA_CHARKEY);
  if (hash !== CHARKEY_HASH) {
    throw unsupported(
      pages,
      `a hash that was made with a hash function of its own (h_charkey is 0x${
        hash.toString(16)
      }, not 0x${CHARKEY_HASH.toString(16)})`,
    );
  }
  const maxBucket = meta.u32(HMETA_MAX_BUCKET);
  const highMask = meta.u32(HMETA_HIGH_MASK);
  const lowMask = meta.u32(HMETA_LOW_MASK);
  if (
    maxBucket >= pages.format.count || highMask < maxBucket ||
    lowMask > maxBucket ||
    (highMask & (highMask + 1)) !== 0 || lowMask !== highMask >>> 1
  ) {
    throw meta.damaged(
      `has buckets up to ${maxBucket} with the masks ${highMask} and ${lowMask}`,
    );
  }
  const spares = Uint32Array.from(
    { length: NCACHED },
    (_, i) => meta.u32(HMETA_SPARES + 4 * i),
  );
  return {
    kind: "hash",
    pgno: meta.pgno,
    maxBucket,
    highMask,
    lowMask,
    spares,
    duplicates: (flags & HASHM_DUP) !== 0,
    sorted: (flags & HASHM_DUPSORT) !== 0,
    isNamed: (flags & HASHM_SUBDB) !== 0,
  };
}

function unsupported(pages: Pages, what: string): DataFileError {
  return new DataFileError(pages.path, `${what}; ${WHAT_CAN_BE_READ}`);
}

function unknownFlags(meta: Page, flags: number): DataFileError {
  return meta.damaged(`has unknown flags in ${flags}`);
}
