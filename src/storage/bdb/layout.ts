/**
 * The layout of Berkeley DB files (libdb's `db_page.h`), B-tree and hash.
 *
 * A file is pages of one size, a power of two from 512 to 65,536. All numbers
 * are in the byte order of the machine that made the file, which the magic
 * number of page 0 tells. Page 0 is the metadata of the database, or of the
 * master: a B-tree that gives, for the name of each named database in the file,
 * the number of that one's metadata page (4 bytes, big-endian in any file).
 *
 * ```text
 * metadata  0 lsn       8 pgno      12 magic     16 version   20 pagesize
 *          24 encrypt_alg  25 type  26 metaflags 28 free      32 last_pgno
 *          36 nparts   40 key_count 44 record_count  48 flags  52 uid
 *   B-tree 76 minkey   80 re_len    84 re_pad    88 root
 *   hash   72 max_bucket  76 high_mask  80 low_mask  84 ffactor  88 nelem
 *          92 h_charkey   96 spares[32]
 *         492 checksum, over the first 512 bytes
 *
 * page      0 lsn       8 pgno      12 prev_pgno  16 next_pgno
 *          20 entries  22 hf_offset 24 level      25 type
 *          28 checksum, over the page; only with DBMETA_CHKSUM
 *          26 or, with DBMETA_CHKSUM, 32: the index, 2 bytes an item, each the
 *             item's offset in the page; or an overflow page's data
 * ```
 *
 * Leaf and hash pages hold pairs: a key at an even place of the index, its data
 * behind it. Items lie at the end of the page.
 *
 * ```text
 * B-tree leaf  0 len  2 type  3 data                   B_KEYDATA
 *              0 -    2 type  4 pgno  8 tlen           B_DUPLICATE, B_OVERFLOW
 * internal     0 len  2 type  4 pgno  8 nrecs  12 key  an overflow item as key
 *                                                      if the type says so
 * recno internal  0 pgno  4 nrecs
 * hash         0 type  1 data                          H_KEYDATA
 *              0 type  1 (len, data, len)…             H_DUPLICATE
 *              0 type  4 pgno  8 tlen                  H_OFFPAGE
 *              0 type  4 pgno                          H_OFFDUP
 * ```
 *
 * A hash item has no length: it ends where the item before it begins. Keys that
 * have several data are stored once: the index of a leaf refers to the same key
 * again and again, or the data are in a tree of their own (`B_DUPLICATE`,
 * `H_OFFDUP`), whose leaves are P_LDUP pages (sorted) or P_LRECNO pages.
 *
 * @module
 */

/** Tells a B-tree. */
export const DB_BTREEMAGIC = 0x053162;
/** Tells a hash. */
export const DB_HASHMAGIC = 0x061561;
/** Tells a queue. */
export const DB_QAMMAGIC = 0x042253;
/** Tells a heap. */
export const DB_HEAPMAGIC = 0x074582;

/** The metadata's size, and the least size of a page. */
export const DBMETASIZE = 512;
/** The greatest size of a page. */
export const MAX_PAGESIZE = 65_536;

/** Offset of the magic number. */
export const META_MAGIC = 12;
/** Offset of the version of the format. */
export const META_VERSION = 16;
/** Offset of the page size. */
export const META_PAGESIZE = 20;
/** Offset of the encryption algorithm: a byte, 0 for none. */
export const META_ENCRYPT_ALG = 24;
/** Offset of the flags that all formats share: a byte. */
export const META_METAFLAGS = 26;
/** Offset of the first page of the free list; counts only in page 0. */
export const META_FREE = 28;
/** Offset of the number of the last page; counts only in page 0. */
export const META_LAST_PGNO = 32;
/** Offset of the number of partitions. */
export const META_NPARTS = 36;
/** Offset of the format's own flags. */
export const META_FLAGS = 48;
/** Offset of the checksum. */
export const META_CHECKSUM = 492;

/** Metadata flag: pages have checksums. */
export const DBMETA_CHKSUM = 0x01;
/** Metadata flags: the records are in other files. */
export const DBMETA_PART = 0x02 | 0x04;

/** Offset of how many keys a page has at least, as a writer has it. */
export const BTMETA_MINKEY = 76;
/** Offset of the length of records, where all have one. */
export const BTMETA_RE_LEN = 80;
/** Offset of a B-tree's root page. */
export const BTMETA_ROOT = 88;
/** B-tree flag: a key can have several data. */
export const BTM_DUP = 0x01;
/** B-tree flag: the keys are record numbers. */
export const BTM_RECNO = 0x02;
/** B-tree flag: records are counted, and so have numbers. */
export const BTM_RECNUM = 0x04;
/** B-tree flag: all records have one length. */
export const BTM_FIXEDLEN = 0x08;
/** B-tree flag: the record numbers change. */
export const BTM_RENUMBER = 0x10;
/** B-tree flag: this is the master of a file of named databases, or one of them. */
export const BTM_SUBDB = 0x20;
/** B-tree flag: the data of a key are sorted. */
export const BTM_DUPSORT = 0x40;
/** B-tree flag: keys and data are compressed. */
export const BTM_COMPRESS = 0x80;
/** All flags of a B-tree that Berkeley DB 5 knows. */
export const BTM_MASK = 0xff;

/** Offset of a hash's last bucket in use. */
export const HMETA_MAX_BUCKET = 72;
/** Offset of the mask that gives a hash value's bucket. */
export const HMETA_HIGH_MASK = 76;
/** Offset of the mask for when that bucket is not in use yet. */
export const HMETA_LOW_MASK = 80;
/** Offset of the number of keys, which is not exact. */
export const HMETA_NELEM = 88;
/** Offset of the hash of {@linkcode CHARKEY}. */
export const HMETA_CHARKEY = 92;
/** Offset of the numbers that turn buckets into pages. */
export const HMETA_SPARES = 96;
/** How many of those there are. */
export const NCACHED = 32;
/** Hash flag: a key can have several data. */
export const HASHM_DUP = 0x01;
/** Hash flag: this is a named database. */
export const HASHM_SUBDB = 0x02;
/** Hash flag: the data of a key are sorted. */
export const HASHM_DUPSORT = 0x04;
/** All flags of a hash: DUP, SUBDB, DUPSORT. */
export const HASHM_MASK = 0x07;

/** What every hash has hashed into its metadata, to tell the function. */
export const CHARKEY = "%$sniglet^&\0";

/** Offset of a page's own number; the same in metadata. */
export const PGNO = 8;
/** Offset of the number of the page before. */
export const PREV_PGNO = 12;
/** Offset of the number of the page behind. */
export const NEXT_PGNO = 16;
/** Offset of the number of items; an overflow item's references. */
export const ENTRIES = 20;
/** Offset of where items begin; an overflow page's length. */
export const HF_OFFSET = 22;
/** Offset of the level in the tree: 1 in leaves. */
export const LEVEL = 24;
/** Offset of the type; the same in metadata. */
export const TYPE = 25;
/** Offset of the checksum of a page. */
export const PAGE_CHECKSUM = 28;
/** Offset of the index. */
export const INDEX = 26;
/** Offset of the index where pages have checksums. */
export const INDEX_CHKSUM = 32;

/** The level of leaves. */
export const LEAFLEVEL = 1;

/** A free page, or a hash bucket that was never written. */
export const P_INVALID = 0;
/** A hash page as before version 4.6, whose keys are in no order. */
export const P_HASH_UNSORTED = 2;
/** An internal page of a B-tree. */
export const P_IBTREE = 3;
/** An internal page of a tree without keys. */
export const P_IRECNO = 4;
/** A leaf of a B-tree. */
export const P_LBTREE = 5;
/** A leaf of a tree without keys: of records, or unsorted duplicates. */
export const P_LRECNO = 6;
/** A piece of a long item. */
export const P_OVERFLOW = 7;
/** A hash's metadata. */
export const P_HASHMETA = 8;
/** A B-tree's metadata. */
export const P_BTREEMETA = 9;
/** A queue's metadata. */
export const P_QAMMETA = 10;
/** A leaf of a tree of sorted duplicates. */
export const P_LDUP = 12;
/** A hash page whose keys are sorted. */
export const P_HASH = 13;

/** A heap's metadata. */
export const P_HEAPMETA = 14;

/** Offset of a B-tree item's type: a byte. */
export const B_TYPE = 2;
/** Offset of a leaf item's bytes. */
export const B_DATA = 3;
/** Offset of the page number in an overflow, duplicate or internal item. */
export const B_PGNO = 4;
/** Offset of an overflow item's length. */
export const B_TLEN = 8;
/** The size of an overflow or duplicate item. */
export const BOVERFLOW_SIZE = 12;
/** Offset of the key in an internal item. */
export const BI_DATA = 12;
/** The size of an item of a P_IRECNO page. */
export const RINTERNAL_SIZE = 8;
/** B-tree item type: bytes. */
export const B_KEYDATA = 1;
/** B-tree item type: a tree of duplicates. */
export const B_DUPLICATE = 2;
/** B-tree item type: bytes on overflow pages. */
export const B_OVERFLOW = 3;
/** Set in the type of data that were deleted while a cursor stood there. */
export const B_DELETE = 0x80;

/** Offset of a hash item's bytes, behind its type. */
export const H_DATA = 1;
/** Offset of the page number in a hash item. */
export const H_PGNO = 4;
/** Offset of an off-page item's length. */
export const H_TLEN = 8;
/** The size of an off-page item. */
export const HOFFPAGE_SIZE = 12;
/** The size of a reference to a tree of duplicates. */
export const HOFFDUP_SIZE = 8;
/** Hash item type: bytes. */
export const H_KEYDATA = 1;
/** Hash item type: several data, each between two copies of its length. */
export const H_DUPLICATE = 2;
/** Hash item type: bytes on overflow pages. */
export const H_OFFPAGE = 3;
/** Hash item type: a tree of duplicates. */
export const H_OFFDUP = 4;
/** A key longer than a page divided by this is off the page. */
export const MINFILL = 4;
