/**
 * The layout of GDBM files (gdbm 1.8 to 1.23, `gdbmdefs.h`): extendible hashing.
 * The hash of a key chooses an entry of the directory by its high bits, the
 * entry says where the bucket is, and the bucket where key and value are.
 *
 * ```text
 * header      magic           4   which of the forms below
 *             block size      4
 *             directory       o   where the directory is
 *             directory size  4   in bytes
 *             directory bits  4   it has 2^bits entries
 *             bucket size     4   in bytes
 *             bucket elements 4   how many fit into a bucket
 *             next block      o   where the file ends for the engine
 * directory   o each: where the bucket is; neighbours may share one
 * bucket      free count      4
 *             free            6 × (size 4, place o)
 *             bits            4   so many high bits all its hashes share
 *             count           4   elements in use
 *             elements        (hash 4, beginning of the key 4, place o,
 *                              key length 4, value length 4)…
 * record      key, value          at the place of its element
 * ```
 *
 * `o` is the width of an offset: 4 or 8 bytes, as the magic tells. Numbers have
 * the byte order of the machine that wrote the file. Where an offset of 8 bytes
 * begins within a bucket depends on that machine, too: at a multiple of 8, or of
 * 4 on 32-bit x86. No field tells which, but the number of elements that fit
 * into a bucket does.
 *
 * A hash has 31 bits. Its lowest bits choose the element where a search begins
 * (hash modulo the number of elements); it goes on from element to element,
 * behind the last to the first, until one that is not in use (-1).
 *
 * The extended form ("numsync") has 32 bytes more in the header, behind what is
 * read here.
 *
 * @module
 */

/** Magic numbers by which offsets have 4 bytes: the plain form, the extended. */
export const MAGIC_32: readonly number[] = [0x13579acd, 0x13579ad0];

/** Magic numbers by which offsets have 8 bytes; the first is of gdbm 1.8. */
export const MAGIC_64: readonly number[] = [
  0x13579acf,
  0x13579ad1,
];

/** The magic of gdbm before 1.8.3, whose offsets have the machine's width. */
export const MAGIC_OLD = 0x13579ace;

/** Pieces of free space that a bucket tells of. */
const BUCKET_FREE = 6;

/** Bytes of the key within its element. */
export const KEY_BEGINNING = 4;

/** The hash of an element that is not in use. */
export const UNUSED = -1;

/** Bits of a hash. */
export const HASH_BITS = 31;

/** Where things are in a header and in a bucket. */
export interface GdbmLayout {
  /** The width of an offset, in bytes. */
  readonly offset: 4 | 8;
  /** Where the directory's size is in the header. */
  readonly directorySize: number;
  /** Where the header ends, as far as it is read. */
  readonly headerEnd: number;
  /** Where the number of shared bits is in a bucket; the count follows. */
  readonly bucketBits: number;
  /** Where the elements begin in a bucket. */
  readonly elements: number;
  /** The size of an element. */
  readonly elementSize: number;
}

/**
 * The layout for a width of offsets.
 *
 * @param alignment to what multiple an offset begins in a structure.
 */
export function layoutOf(offset: 4 | 8, alignment: 4 | 8): GdbmLayout {
  const align = (at: number) => Math.ceil(at / alignment) * alignment;
  const free = align(4);
  const bucketBits = free + BUCKET_FREE * align(align(4) + offset);
  const elements = align(bucketBits + 8);
  return {
    offset,
    directorySize: 8 + offset,
    headerEnd: 8 + offset + 4 * 4 + offset,
    bucketBits,
    elements,
    elementSize: align(4 + KEY_BEGINNING) + offset + 8,
  };
}

/**
 * The hash of the key `bytes[start, end)` (`hash.c`).
 *
 * @param signed whether the machine takes bytes for signed numbers, as x86 does
 * and ARM does not: keys with bytes above 127 have another hash then.
 */
export function hash(
  bytes: Uint8Array,
  start: number,
  end: number,
  signed: boolean,
): number {
  let value = Math.imul(0x238f13af, end - start);
  for (let at = start, shift = 0; at < end; at++) {
    const byte = signed ? bytes[at] << 24 >> 24 : bytes[at];
    value = (value + (byte << shift)) & 0x7fffffff;
    shift = (shift + 5) % 24;
  }
  return (Math.imul(1103515243, value) + 12345) & 0x7fffffff;
}
