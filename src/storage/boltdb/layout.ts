/**
 * BoltDB's file format (boltdb/bolt and bbolt: `page.go`, `meta.go`,
 * `bucket.go`). All numbers are little-endian.
 *
 * ```text
 * file     pages of one size; pages 0 and 1 are meta pages. A page that needs
 *          more room goes on over the pages behind it ("overflow").
 *
 * page     0  id        8
 *          8  flags     2   branch 1, leaf 2, meta 4, freelist 16
 *         10  count     2   of elements
 *         12  overflow  4   pages that follow and belong to it
 *         16  elements, or a meta record, or the free page ids
 *
 * branch   0  pos       4   of the key, from the element's begin
 * element  4  ksize     4
 *          8  pgid      8   the child; its keys are >= this key
 *
 * leaf     0  flags     4   1: the value is a bucket
 * element  4  pos       4   of the key, from the element's begin
 *          8  ksize     4
 *         12  vsize     4   the value follows the key
 *
 * bucket   0  root      8   page id; 0: the bucket is one leaf page, inline
 *          8  sequence  8
 *         16  the inline page, if any
 *
 * meta     0  magic     4   0xED0CDAED
 *          4  version   4   2
 *          8  pageSize  4
 *         12  flags     4
 *         16  root      16  a bucket record: the names of all buckets
 *         32  freelist  8   page id; all ones: not synced
 *         40  pgid      8   the high-water mark: pages in use are below it
 *         48  txid      8   the meta page with the greater one wins
 *         56  checksum  8   64-bit FNV-1a of the 56 bytes before it
 * ```
 *
 * @module
 */

/** `magic` of a meta record. */
export const MAGIC = 0xed0cdaed;
/** `version` of a meta record. */
export const VERSION = 2;

/** The bytes of a page's header, and of a branch or leaf element. */
export const PAGE_HEADER_SIZE = 16;
/** The bytes of a branch element and of a leaf element. */
export const ELEMENT_SIZE = 16;
/** The bytes of a bucket record. */
export const BUCKET_HEADER_SIZE = 16;
/** The bytes of a meta record, with its checksum. */
export const META_SIZE = 64;

/** A branch page. */
export const BRANCH_PAGE_FLAG = 0x01;
/** A leaf page. */
export const LEAF_PAGE_FLAG = 0x02;
/** A meta page. */
export const META_PAGE_FLAG = 0x04;
/** A page with free page ids. */
export const FREELIST_PAGE_FLAG = 0x10;

/** A leaf element whose value is a bucket. */
export const BUCKET_LEAF_FLAG = 0x01;

/** A freelist page with this count has the count in its first id. */
export const COUNT_IN_FIRST_ID = 0xffff;

/** No sound tree is deeper: each level multiplies the keys by two at least. */
export const MAX_DEPTH = 64;

/** What parts the names of a bucket and of one within it, in a path. */
export const SLASH = 0x2f;

/** A 16-bit number. */
export function u16(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8;
}

/** A 32-bit number. */
export function u32(bytes: Uint8Array, at: number): number {
  return (bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
    bytes[at + 3] << 24) >>> 0;
}

/** A 64-bit number; above 2^53 it is rounded, and beyond any file. */
export function u64(bytes: Uint8Array, at: number): number {
  return u32(bytes, at) + u32(bytes, at + 4) * 2 ** 32;
}
