/**
 * The central directory of a ZIP file: where it is, and its entries.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
import {
  CENTRAL,
  CENTRAL_SIZE,
  COMMENT_LENGTH,
  CRC,
  END,
  END64,
  END64_DIRECTORY_OFFSET,
  END64_DIRECTORY_SIZE,
  END64_ENTRIES,
  END64_SIZE,
  END_COMMENT_LENGTH,
  END_DIRECTORY_OFFSET,
  END_DIRECTORY_SIZE,
  END_DISK,
  END_ENTRIES,
  END_SIZE,
  EXTRA_LENGTH,
  EXTRA_ZIP64,
  FLAGS,
  FULL_16,
  FULL_32,
  LOCAL_OFFSET,
  LOCATOR,
  LOCATOR_OFFSET,
  LOCATOR_SIZE,
  METHOD,
  NAME_LENGTH,
  PACKED_SIZE,
  read16,
  read32,
  read64,
  SIZE,
} from "./layout.ts";

/** Where the central directory is. */
export interface ZipDirectory {
  /** Where it begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
  /** How many entries it is said to have. */
  readonly entries: number;
  /**
   * What offsets are counted from: where the archive begins. Programs that
   * unpack themselves have something before it.
   */
  readonly base: number;
}

/** An entry of the central directory. */
export interface ZipEntry {
  /** Where the entry's header is. */
  readonly at: number;
  /** Where its name begins. */
  readonly name: number;
  /** Where its name ends. */
  readonly nameEnd: number;
  /** Where the next header is. */
  readonly next: number;
  /** Its flags. */
  readonly flags: number;
  /** How it is compressed. */
  readonly method: number;
  /** The CRC-32 of its content. */
  readonly crc: number;
  /** Its size in the file, in bytes. */
  readonly packedSize: number;
  /** The size of its content, in bytes. */
  readonly size: number;
  /** Where its local header is. */
  readonly local: number;
}

/**
 * Finds the central directory.
 *
 * @throws {DataFileError} if there is none, or it is not whole.
 */
export function findDirectory(bytes: Uint8Array, path: string): ZipDirectory {
  const end = findEnd(bytes);
  if (end === undefined) {
    throw new DataFileError(path, "not a ZIP file, or cut: it has no end");
  }
  let entries = read16(bytes, end + END_ENTRIES);
  let size = read32(bytes, end + END_DIRECTORY_SIZE);
  let offset = read32(bytes, end + END_DIRECTORY_OFFSET);
  const disk = read16(bytes, end + END_DISK);
  if (disk !== 0 && disk !== FULL_16) {
    throw new DataFileError(path, "it is one of several volumes");
  }
  let directoryEnd = end;
  const locator = end - LOCATOR_SIZE;
  // Some writers have it although all numbers fit.
  if (locator >= 0 && read32(bytes, locator) === LOCATOR) {
    const told = read64(bytes, locator + LOCATOR_OFFSET);
    // What is before the archive moves it; then it is right before its locator.
    const end64 = [told, locator - END64_SIZE].find((at) =>
      at >= 0 && at + END64_SIZE <= locator && read32(bytes, at) === END64
    );
    if (end64 === undefined) {
      throw new DataFileError(path, `its zip64 end is not at byte ${told}`);
    }
    entries = read64(bytes, end64 + END64_ENTRIES);
    size = read64(bytes, end64 + END64_DIRECTORY_SIZE);
    offset = read64(bytes, end64 + END64_DIRECTORY_OFFSET);
    directoryEnd = end64;
  }
  const start = directoryEnd - size;
  const base = start - offset;
  if (start < 0 || base < 0) {
    throw new DataFileError(
      path,
      `its central directory of ${size} bytes at byte ${offset} is not before ` +
        `its end at ${directoryEnd}`,
    );
  }
  return { start, end: directoryEnd, entries, base };
}

/** Where the end is: the last one whose comment ends with the file. */
function findEnd(bytes: Uint8Array): number | undefined {
  const lowest = Math.max(0, bytes.length - END_SIZE - FULL_16);
  for (let at = bytes.length - END_SIZE; at >= lowest; at--) {
    if (
      bytes[at] === 0x50 && read32(bytes, at) === END &&
      at + END_SIZE + read16(bytes, at + END_COMMENT_LENGTH) === bytes.length
    ) return at;
  }
}

/**
 * The entry whose header is at `at`.
 *
 * @throws {DataFileError} if it is not whole within the directory.
 */
export function readEntry(
  bytes: Uint8Array,
  path: string,
  directory: ZipDirectory,
  at: number,
): ZipEntry {
  const { end, base } = directory;
  if (
    at < directory.start || at + CENTRAL_SIZE > end ||
    read32(bytes, at) !== CENTRAL
  ) {
    throw new DataFileError(
      path,
      `central directory, byte ${at}: there is no entry`,
    );
  }
  const name = at + CENTRAL_SIZE;
  const nameEnd = name + read16(bytes, at + NAME_LENGTH);
  const extraEnd = nameEnd + read16(bytes, at + EXTRA_LENGTH);
  const next = extraEnd + read16(bytes, at + COMMENT_LENGTH);
  if (next > end) {
    throw new DataFileError(
      path,
      `central directory, byte ${at}: its entry goes on to ${next}, and the ` +
        `directory ends at ${end}`,
    );
  }
  let size = read32(bytes, at + SIZE);
  let packedSize = read32(bytes, at + PACKED_SIZE);
  let local = read32(bytes, at + LOCAL_OFFSET);
  if (size === FULL_32 || packedSize === FULL_32 || local === FULL_32) {
    let field = findExtra(bytes, nameEnd, extraEnd);
    // Only those that do not fit are there, in this order.
    const wide = (narrow: number) => {
      if (narrow !== FULL_32 || field === undefined) return narrow;
      if (field.at + 8 > field.end) {
        throw new DataFileError(
          path,
          `central directory, byte ${at}: its zip64 field is too short`,
        );
      }
      const number = read64(bytes, field.at);
      field = { ...field, at: field.at + 8 };
      return number;
    };
    size = wide(size);
    packedSize = wide(packedSize);
    local = wide(local);
  }
  return {
    at,
    name,
    nameEnd,
    next,
    flags: read16(bytes, at + FLAGS),
    method: read16(bytes, at + METHOD),
    crc: read32(bytes, at + CRC),
    packedSize,
    size,
    local: base + local,
  };
}

/** Whether all extra fields of an entry are whole. */
export function hasWholeExtras(
  bytes: Uint8Array,
  { at, nameEnd }: ZipEntry,
): boolean {
  const end = nameEnd + read16(bytes, at + EXTRA_LENGTH);
  let field = nameEnd;
  while (field + 4 <= end) field += 4 + read16(bytes, field + 2);
  return field <= end;
}

/** Where the zip64 field is among the extra fields. */
function findExtra(
  bytes: Uint8Array,
  at: number,
  extraEnd: number,
): { at: number; end: number } | undefined {
  while (at + 4 <= extraEnd) {
    const start = at + 4;
    const end = start + read16(bytes, at + 2);
    if (read16(bytes, at) === EXTRA_ZIP64) {
      return { at: start, end: Math.min(end, extraEnd) };
    }
    at = end;
  }
}

/**
 * All entries, in the order of the directory.
 *
 * @throws {DataFileError} if one is not whole, or there are others than the end
 * of the file says.
 */
export function* entries(
  bytes: Uint8Array,
  path: string,
  directory: ZipDirectory,
): Iterable<ZipEntry> {
  let count = 0;
  for (let at = directory.start; at < directory.end; count++) {
    const entry = readEntry(bytes, path, directory, at);
    yield entry;
    at = entry.next;
  }
  // A field of 16 bits has wrapped where the writer knew nothing of zip64.
  const wrapped = directory.entries < FULL_16 ? count % 2 ** 16 : count;
  if (wrapped !== directory.entries) {
    throw new DataFileError(
      path,
      `its central directory has ${count} entries, and its end says ` +
        `${directory.entries}`,
    );
  }
}
