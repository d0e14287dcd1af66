/**
 * The layout of LMDB files (liblmdb's `mdb.c`), in both data formats: 1, which
 * every LMDB 0.9 writes, and 2, which `npm:lmdb` writes.
 *
 * A file is pages of one size, a power of two. All numbers have their least
 * significant byte first. Pages 0 and 1 are meta pages: a transaction writes
 * the one that the transaction before it did not, so the one with the greater
 * number holds the present state, and the other the state before it.
 *
 * ```text
 *           format 1   format 2
 * header    16         24 bytes
 *            0          0 mp_pgno: the page's own number, 8 bytes
 *            -          8 mp_txnid
 *            8         16 mp_pad: the size of a key, in LEAF2 pages
 *           10         18 mp_flags
 *           12         20 mp_lower, mp_upper: the bounds of free space
 *           12         20 mp_pages: 4 bytes, in an overflow page
 *
 * meta, behind the header
 *            0 mm_magic     4 mm_version     8 mm_address  16 mm_mapsize
 *           24 MDB_db of the free pages     72 MDB_db of the main database
 *          120 mm_last_pg                  128 mm_txnid
 *
 * MDB_db     0 md_pad       4 md_flags       6 md_depth     8 md_branch_pages
 *           16 md_leaf_pages                24 md_overflow_pages
 *           32 md_entries                   40 md_root
 *
 * branch, leaf, behind the header
 *              mp_ptrs: where each node is, 2 bytes a node, in order of keys
 * node       0 the child's page: 6 bytes    6 mn_ksize      8 key    branch
 *            0 data's size  4 mn_flags      6 mn_ksize      8 key    leaf
 *              data, behind the key
 * ```
 *
 * In format 1, mp_lower, mp_upper and mp_ptrs count from the beginning of the
 * page; in format 2, from the end of its header. What a leaf's data are, its
 * flags tell:
 *
 * ```text
 * 0                      the value
 * F_BIGDATA              the first page of a run of overflow pages; in format
 *                        2, also its transaction and the number of pages. Only
 *                        the first has a header; the value is behind it
 * F_SUBDATA              the MDB_db of a named database, in the main database
 * F_DUPDATA              several values: a sub-page, whose keys are the values
 * F_DUPDATA | F_SUBDATA  several values: the MDB_db of a tree, whose keys they
 *                        are
 * ```
 *
 * Where all values of a database have one size (MDB_DUPFIXED), leaves and
 * sub-pages with values are LEAF2 pages: without nodes, the values one behind
 * the other. Names of named databases end in a NUL in format 2.
 *
 * @module
 */

/** What mm_magic is. */
export const MDB_MAGIC = 0xbeefc0de;
/** The greatest size of a page. */
export const MAX_PAGESIZE = 65_536;
/** The least size of a page that works. */
export const MIN_PAGESIZE = 512;
/** Pages 0 and 1 are meta pages. */
export const NUM_METAS = 2;
/** The greatest depth of a tree. */
export const CURSOR_STACK = 32;

/** The size of a page's header in format 1. */
export const PAGEHDRSZ_1 = 16;
/** The size of a page's header in format 2. */
export const PAGEHDRSZ_2 = 24;

// Fields at the end of the header, as distances from where it ends.

/** The size of a LEAF2 page's keys. */
export const MP_PAD: number = -8;
/** What kind of page it is. */
export const MP_FLAGS: number = -6;
/** Where free space begins: behind the mp_ptrs. */
export const MP_LOWER: number = -4;
/** The length of a run of overflow pages. */
export const MP_PAGES: number = -4;

/** A branch page. */
export const P_BRANCH = 0x01;
/** A leaf page. */
export const P_LEAF = 0x02;
/** The first of a run of overflow pages. */
export const P_OVERFLOW = 0x04;
/** A meta page. */
export const P_META = 0x08;
/** A leaf page without nodes. */
export const P_LEAF2 = 0x20;
/** A page within a leaf's data. */
export const P_SUBP = 0x40;
/** The flags that tell the kind; the others are a writer's notes to itself. */
export const P_KIND: number = P_BRANCH | P_LEAF | P_OVERFLOW | P_META |
  P_LEAF2 |
  P_SUBP;

/** Offset of the format's version. */
export const MM_VERSION = 4;
/** Offset of how much address space a writer maps. */
export const MM_MAPSIZE = 16;
/** Offset of the record of the database of free pages. */
export const MM_FREE_DB = 24;
/** Offset of the page size: that database's md_pad. */
export const MM_PSIZE: number = MM_FREE_DB;
/** Offset of the environment's flags: that database's md_flags. */
export const MM_FLAGS: number = MM_FREE_DB + 4;
/** Offset of the record of the main database. */
export const MM_MAIN_DB = 72;
/** Offset of the last page's number. */
export const MM_LAST_PG = 120;
/** Offset of the number of the transaction. */
export const MM_TXNID = 128;
/** The size of what all formats have in a meta page. */
export const METASIZE = 136;
/** Environment flag: pages are encrypted. */
export const MDB_ENCRYPT = 0x2000;

/** Offset of the size of values in a tree of LEAF2 pages. */
export const MD_PAD = 0;
/** Offset of a database's flags. */
export const MD_FLAGS = 4;
/** Offset of the number of levels. */
export const MD_DEPTH = 6;
/** Offset of the number of branch pages. */
export const MD_BRANCH_PAGES = 8;
/** Offset of the number of leaf pages. */
export const MD_LEAF_PAGES = 16;
/** Offset of the number of overflow pages. */
export const MD_OVERFLOW_PAGES = 24;
/** Offset of the number of values. */
export const MD_ENTRIES = 32;
/** Offset of the root page's number. */
export const MD_ROOT = 40;
/** The size of a database's record. */
export const DBSIZE = 48;

/** Database flag: keys are compared from the end. */
export const MDB_REVERSEKEY = 0x02;
/** Database flag: a key can have several values. */
export const MDB_DUPSORT = 0x04;
/** Database flag: keys are numbers. */
export const MDB_INTEGERKEY = 0x08;
/** Database flag: all values have the same size. */
export const MDB_DUPFIXED = 0x10;
/** Database flag: values are numbers. */
export const MDB_INTEGERDUP = 0x20;
/** Database flag: values are compared from the end. */
export const MDB_REVERSEDUP = 0x40;
/** All flags there are; the highest is `npm:lmdb`'s mark for its versions. */
export const VALID_FLAGS = 0x17e;

/** Offset of a node's flags, in a leaf. */
export const MN_FLAGS = 4;
/** Offset of the size of a node's key. */
export const MN_KSIZE = 6;
/** Offset of a node's key. */
export const NODESIZE = 8;
/** The data are on overflow pages. */
export const F_BIGDATA = 0x01;
/** The size of what then stands in their place in format 1. */
export const BIGSIZE_1 = 8;
/** The size of what then stands in their place in format 2. */
export const BIGSIZE_2 = 24;
/** The data are a database's record. */
export const F_SUBDATA = 0x02;
/** The data are several values. */
export const F_DUPDATA = 0x04;
