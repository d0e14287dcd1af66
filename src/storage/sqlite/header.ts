/**
 * What can be told of an SQLite file before SQLite opens it
 * (https://www.sqlite.org/fileformat2.html).
 *
 * ```text
 *  0  magic, 16 bytes          16  page size, 2 bytes; 1 is 65,536
 * 18  write version: 2, WAL    19  read version: 2, WAL
 * 24  change counter, 4 bytes  28  size of the file in pages, 4 bytes
 * 92  change counter when that size was written, 4 bytes
 * ```
 *
 * Numbers are big-endian.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";

/** How many bytes the header has. */
export const HEADER_SIZE = 100;

const MAGIC = "SQLite format 3\0";
const PAGE_SIZE = 16;
const READ_VERSION = 19;
const CHANGE_COUNTER = 24;
const PAGES = 28;
const PAGES_VALID_FOR = 92;

const WAL = 2;

/** Whether a file that begins with these bytes is an SQLite database. */
export function isSqlite(bytes: Uint8Array): boolean {
  if (bytes.length < MAGIC.length) return false;
  for (let i = 0; i < MAGIC.length; i++) {
    if (bytes[i] !== MAGIC.charCodeAt(i)) return false;
  }
  return true;
}

/** Whether the database was last written with a write-ahead log. */
export function isWal(header: Uint8Array): boolean {
  return header[READ_VERSION] === WAL;
}

/**
 * Refuses what is not an SQLite file, or not a whole one.
 *
 * @param header its first bytes.
 * @param size the size of the file.
 * @throws {DataFileError}
 */
export function checkHeader(
  header: Uint8Array,
  size: number,
  path: string,
): void {
  if (!isSqlite(header) || header.length < HEADER_SIZE) {
    throw new DataFileError(path, "not an SQLite file, or an encrypted one");
  }
  const view = new DataView(header.buffer, header.byteOffset, HEADER_SIZE);
  // Versions of SQLite before 3.7 do not keep the size up to date.
  if (view.getUint32(CHANGE_COUNTER) !== view.getUint32(PAGES_VALID_FOR)) {
    return;
  }
  const pageSize = view.getUint16(PAGE_SIZE);
  const whole = view.getUint32(PAGES) * (pageSize === 1 ? 65_536 : pageSize);
  if (size < whole) {
    throw new DataFileError(path, `cut: ${size} bytes, and should be ${whole}`);
  }
}
