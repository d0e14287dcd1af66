/**
 * The index of a ZIP file: a byte table with the names as keys, so that an entry
 * is found without a walk. Its values are what the central directory says:
 *
 * ```text
 *  0  place of the entry's header in the central directory   8
 *  8  place of its local header                              8
 * 16  size in the file                                       8
 * 24  size of the content                                    8
 * 32  CRC-32 of the content                                  4
 * 36  method                                                 4
 * ```
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
import { TableBuilder } from "../table/builder.ts";
import type { TableMemory } from "../table/layout.ts";
import { entries, type ZipDirectory, type ZipEntry } from "./directory.ts";
import { DEFLATED, ENCRYPTED, STORED } from "./layout.ts";

/** Where the parts of a value are. */
export const INDEX_AT = 0,
  INDEX_LOCAL = 8,
  INDEX_PACKED_SIZE = 16,
  INDEX_SIZE = 24,
  INDEX_CRC = 32,
  INDEX_METHOD = 36;

const VALUE_SIZE = 40;

/**
 * An entry is inflated whole when it is read: larger ones, in bytes, would take
 * too much memory and time of the thread that serves.
 */
export const LARGEST_DEFLATED: number = 256 * 1024 * 1024;

/** What no deflated data exceed (RFC 1951): the content by the size in the file. */
const DEFLATE_RATIO = 1032;

const SLASH = 0x2f;

/**
 * Makes the index. Of entries with one name the last counts, as it is the one
 * that remains when all are unpacked.
 *
 * @throws {DataFileError} if the directory is damaged, or an entry cannot be
 * read: it is encrypted, or compressed in another way.
 */
export function buildIndex(
  bytes: Uint8Array,
  path: string,
  directory: ZipDirectory,
): TableMemory {
  const table = new TableBuilder();
  const value = new Uint8Array(VALUE_SIZE);
  const view = new DataView(value.buffer);
  for (const entry of entries(bytes, path, directory)) {
    if (isFolder(bytes, entry)) continue;
    const problem = problemOf(entry, directory);
    if (problem !== undefined) {
      const name = JSON.stringify(
        new TextDecoder().decode(bytes.subarray(entry.name, entry.nameEnd)),
      );
      throw new DataFileError(path, `entry ${name}: ${problem}`);
    }
    view.setFloat64(INDEX_AT, entry.at, true);
    view.setFloat64(INDEX_LOCAL, entry.local, true);
    view.setFloat64(INDEX_PACKED_SIZE, entry.packedSize, true);
    view.setFloat64(INDEX_SIZE, entry.size, true);
    view.setUint32(INDEX_CRC, entry.crc, true);
    view.setUint32(INDEX_METHOD, entry.method, true);
    table.add(0, bytes, entry.name, entry.nameEnd, value, 0, VALUE_SIZE);
  }
  return table.finish();
}

/** Whether an entry is a folder, which has no content. */
export function isFolder(bytes: Uint8Array, entry: ZipEntry): boolean {
  return entry.size === 0 && entry.nameEnd > entry.name &&
    bytes[entry.nameEnd - 1] === SLASH;
}

function problemOf(
  { flags, method, size, packedSize, local }: ZipEntry,
  { start, base }: ZipDirectory,
): string | undefined {
  if ((flags & ENCRYPTED) !== 0) return "it is encrypted";
  if (local < base || local + packedSize > start) {
    return `at byte ${local}, with ${packedSize} bytes, it is not before the ` +
      `central directory at ${start}`;
  }
  if (method === STORED) {
    return size === packedSize
      ? undefined
      : `it is stored, and has the sizes ${packedSize} and ${size}`;
  }
  if (method !== DEFLATED) {
    return `it is compressed with method ${method}: only stored and deflated ` +
      "entries are read";
  }
  if (size > LARGEST_DEFLATED) {
    return `it inflates to ${size} bytes, more than ${LARGEST_DEFLATED}: ` +
      "store it without compression";
  }
  if (size > packedSize * DEFLATE_RATIO) {
    return `${packedSize} bytes cannot inflate to ${size}`;
  }
}
