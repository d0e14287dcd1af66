/**
 * The head of a constant database: which form it has, and where its tables are.
 *
 * @module
 */

import { DataFileError } from "../storage.ts";
import {
  CLASSIC_POINTERS_SIZE,
  GUARD,
  MAGIC,
  read32,
  read64,
  TABLES,
  WIDE_POINTERS,
} from "./layout.ts";

/** What the head of the file says; checked against the file's size. */
export interface CdbHeader {
  /** The width of numbers: 4 bytes, or 8 in the 64-bit form. */
  readonly word: 4 | 8;
  /** Where each hash table begins. */
  readonly positions: Float64Array;
  /** How many slots each has. */
  readonly slots: Float64Array;
  /** Where the records begin. */
  readonly recordsStart: number;
  /** Where they end: at the first table. */
  readonly recordsEnd: number;
}

/**
 * Reads the head of a file.
 *
 * @throws {DataFileError} if a table is not in the file, as in all files that
 * are something else.
 */
export function readHeader(bytes: Uint8Array, path: string): CdbHeader {
  const word = isWide(bytes) ? 8 : 4;
  const pointers = word === 8 ? WIDE_POINTERS : 0;
  const recordsStart = pointers + TABLES * 2 * word;
  if (bytes.length < recordsStart) {
    throw new DataFileError(
      path,
      `not a cdb: ${bytes.length} bytes, shorter than its table pointers`,
    );
  }

  const read = word === 8 ? read64 : read32;
  const positions = new Float64Array(TABLES);
  const slots = new Float64Array(TABLES);
  let recordsEnd = Infinity;
  let tablesSize = 0;
  for (let table = 0; table < TABLES; table++) {
    const at = pointers + table * 2 * word;
    const position = positions[table] = read(bytes, at);
    const count = slots[table] = read(bytes, at + word);
    const end = position + count * 2 * word;
    if (position < recordsStart || end > bytes.length) {
      throw new DataFileError(
        path,
        `not a cdb, or cut: table ${table} from byte ${position} to ${end} ` +
          `is not in the file, which has ${bytes.length}`,
      );
    }
    if (count > 0) recordsEnd = Math.min(recordsEnd, position);
    tablesSize += end - position;
  }
  if (tablesSize > bytes.length - recordsStart) {
    throw new DataFileError(path, "not a cdb: its tables overlap");
  }
  if (recordsEnd === Infinity) recordsEnd = recordsStart;
  return { word, positions, slots, recordsStart, recordsEnd };
}

/** So many pointers may be wrong in what still is a cdb, a damaged one. */
const DAMAGED_POINTERS = 16;

/**
 * Whether a file is a cdb: no magic number tells, but the pointers of all tables,
 * which writers put one behind the other, at the end.
 *
 * @param head its first bytes: at least all pointers.
 * @param size how many bytes it has; more are missing where it has been cut.
 */
export function isCdb(head: Uint8Array, size: number): boolean {
  const word = isWide(head) ? 8 : 4;
  const pointers = word === 8 ? WIDE_POINTERS : 0;
  const recordsStart = pointers + TABLES * 2 * word;
  if (head.length < recordsStart) return false;
  const read = word === 8 ? read64 : read32;
  const tables = Array.from({ length: TABLES }, (_, table) => {
    const at = pointers + table * 2 * word;
    const position = read(head, at);
    return { position, end: position + read(head, at + word) * 2 * word };
  });
  const isThere = tables.filter(({ position }) => position >= recordsStart);
  const inRow =
    isThere.filter(({ position }, n) =>
      n > 0 && position === isThere[n - 1].end
    ).length;
  if (inRow >= TABLES - DAMAGED_POINTERS) return true;
  if (isThere.length < TABLES) return false;
  // Other writers may put them in another order, and then they must be there.
  tables.sort((a, b) => a.position - b.position || a.end - b.end);
  return tables[TABLES - 1].end <= size &&
    tables.every(({ position }, n) => n === 0 || position >= tables[n - 1].end);
}

/** Whether the file has the 64-bit form. */
function isWide(bytes: Uint8Array): boolean {
  for (let i = 0; i < GUARD.length; i++) {
    if (bytes[i] !== GUARD[i]) return false;
  }
  for (let i = 0; i < MAGIC.length; i++) {
    if (bytes[CLASSIC_POINTERS_SIZE + i] !== MAGIC.charCodeAt(i)) return false;
  }
  return true;
}
