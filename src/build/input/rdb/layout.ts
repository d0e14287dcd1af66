/**
 * The layout of Redis' RDB files, versions 1 to 12 (`rdb.h`, `rdb.c`).
 *
 * ```text
 * "REDIS" and a version of 4 digits
 * opcode …                  see the constants; what belongs to it follows
 * [expiry] type key value   a record; 0xfc or 0xfd before it tells its expiry
 * 0xff, CRC-64              8 bytes, little-endian; 0: none was made
 * ```
 *
 * A length has its kind in the first two bits:
 *
 * ```text
 * 00xxxxxx             6 bits
 * 01xxxxxx 8           14 bits, the high ones first
 * 10000000 32          32 bits, big-endian
 * 10000001 64          64 bits, big-endian
 * 11xxxxxx             no length: a string in an encoding of its own
 * ```
 *
 * A string is a length and so many bytes, or a signed little-endian number of 1,
 * 2 or 4 bytes that stands for its decimal digits, or LZF: the packed length,
 * the length, and the packed bytes.
 *
 * @module
 */

/** What a file begins with. */
export const MAGIC = "REDIS";
/** How many digits the version has. */
export const VERSION_DIGITS = 4;
/** The newest version that is known: of Redis 7.4. */
export const NEWEST_VERSION = 12;

/** Opcodes. */
export const SLOT_INFO = 0xf4,
  FUNCTION2 = 0xf5,
  MODULE_AUX = 0xf7,
  IDLE = 0xf8,
  FREQUENCY = 0xf9,
  AUX = 0xfa,
  RESIZE_DB = 0xfb,
  EXPIRES_MS = 0xfc,
  EXPIRES = 0xfd,
  SELECT_DB = 0xfe,
  END = 0xff;

/** Types of values. */
export const STRING = 0,
  LIST = 1,
  SET = 2,
  ZSET = 3,
  HASH = 4,
  ZSET_2 = 5,
  MODULE_2 = 7,
  HASH_ZIPMAP = 9,
  LIST_ZIPLIST = 10,
  SET_INTSET = 11,
  ZSET_ZIPLIST = 12,
  HASH_ZIPLIST = 13,
  LIST_QUICKLIST = 14,
  STREAM_LISTPACKS = 15,
  HASH_LISTPACK = 16,
  ZSET_LISTPACK = 17,
  LIST_QUICKLIST_2 = 18,
  STREAM_LISTPACKS_2 = 19,
  SET_LISTPACK = 20,
  STREAM_LISTPACKS_3 = 21;

/** What a module's value is made of; it ends with an end. */
export const MODULE_END = 0,
  MODULE_SIGNED = 1,
  MODULE_UNSIGNED = 2,
  MODULE_FLOAT = 3,
  MODULE_DOUBLE = 4,
  MODULE_STRING = 5;

/** Encodings of strings. */
export const INT_8 = 0, INT_16 = 1, INT_32 = 2, LZF = 3;
