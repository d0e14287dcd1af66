/**
 * The layout of ZIP files (PKWARE's APPNOTE 6.3.10), as far as it is read.
 *
 * ```text
 * entries            (local header 30, name, extra, data)…
 * central directory  (header 46, name, extra, comment)…
 * [zip64 end 56, zip64 locator 20]
 * end 22, comment
 * ```
 *
 * The central directory says where each entry is, and its name, sizes, method
 * and CRC-32; what is not in it is not in the file. All numbers are
 * little-endian. What does not fit into its field is all ones there, and stands
 * in the extra field 0x0001 with 8 bytes.
 *
 * @module
 */

/** The signature of an entry's local header. */
export const LOCAL = 0x04034b50;
/** The size of a local header, in bytes. */
export const LOCAL_SIZE = 30;
/** Offsets in a local header. */
export const LOCAL_NAME_LENGTH = 26, LOCAL_EXTRA_LENGTH = 28;

/** The signature of an entry in the central directory. */
export const CENTRAL = 0x02014b50;
/** The size of its header, in bytes. */
export const CENTRAL_SIZE = 46;
/** Offsets in a header of the central directory. */
export const FLAGS = 8,
  METHOD = 10,
  CRC = 16,
  PACKED_SIZE = 20,
  SIZE = 24,
  NAME_LENGTH = 28,
  EXTRA_LENGTH = 30,
  COMMENT_LENGTH = 32,
  LOCAL_OFFSET = 42;

/** The signature of the end. */
export const END = 0x06054b50;
/** The size of the end without its comment, in bytes. */
export const END_SIZE = 22;
/** Offsets in the end. */
export const END_DISK = 4,
  END_ENTRIES = 10,
  END_DIRECTORY_SIZE = 12,
  END_DIRECTORY_OFFSET = 16,
  END_COMMENT_LENGTH = 20;

/** The signature of what leads to the zip64 end. */
export const LOCATOR = 0x07064b50;
/** Its size, in bytes, and the offset in it of where the zip64 end is. */
export const LOCATOR_SIZE = 20, LOCATOR_OFFSET = 8;

/** The signature of the zip64 end. */
export const END64 = 0x06064b50;
/** Its size, in bytes, and offsets in it. */
export const END64_SIZE = 56,
  END64_ENTRIES = 32,
  END64_DIRECTORY_SIZE = 40,
  END64_DIRECTORY_OFFSET = 48;

/** The extra field with what does not fit. */
export const EXTRA_ZIP64 = 0x0001;

/** What a field holds whose number does not fit. */
export const FULL_16 = 0xffff, FULL_32 = 0xffffffff;

/** The entry is encrypted: a flag. */
export const ENCRYPTED = 1;

/** Methods of compression. */
export const STORED = 0, DEFLATED = 8;

/** A number of 2 bytes. */
export function read16(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8;
}

/** A number of 4 bytes. */
export function read32(bytes: Uint8Array, at: number): number {
  return (read16(bytes, at) | read16(bytes, at + 2) << 16) >>> 0;
}

/** A number of 8 bytes; above 2^53 not exact, and greater than any file. */
export function read64(bytes: Uint8Array, at: number): number {
  return read32(bytes, at) + read32(bytes, at + 4) * 2 ** 32;
}
