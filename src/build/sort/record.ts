/**
 * A record as it is sorted: in memory and in the files of an external sort.
 *
 * ```text
 *  0  valueAt  4  the length of prefix and key
 *  4  keyAt    4  the length of the prefix that is not part of the key
 *  8  length   4  of prefix, key and value
 * 12  prefix, key, value, and zeros up to the next multiple of 4
 * ```
 *
 * Numbers are in the machine's byte order: the files do not outlive the process.
 *
 * @module
 */

/** The bytes before the prefix. */
export const HEADER_SIZE = 12;

/** The bytes that a record with so much content takes. */
export function sizeOf(length: number): number {
  return HEADER_SIZE + Math.ceil(length / 4) * 4;
}

/**
 * The place of a record. One object is used for all: what it says holds until
 * the next record is asked for.
 */
export class SortedRecord {
  /** Where the record's bytes are. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the prefix begins. */
  start = 0;
  /** Where the key begins: behind the prefix. */
  keyStart = 0;
  /** Where the value begins: behind the key. */
  valueStart = 0;
  /** Where the value ends. */
  end = 0;

  /** Reads the header at an offset that is a multiple of 4. */
  read(bytes: Uint8Array, words: Uint32Array, at: number): void {
    this.bytes = bytes;
    this.start = at + HEADER_SIZE;
    this.keyStart = this.start + words[(at >> 2) + 1];
    this.valueStart = this.start + words[at >> 2];
    this.end = this.start + words[(at >> 2) + 2];
  }

  /** A copy of the key, for messages. */
  get key(): Uint8Array {
    return this.bytes.slice(this.keyStart, this.valueStart);
  }
}

/** The order of two records by the bytes of prefix and key. */
export function compareRecords(a: SortedRecord, b: SortedRecord): number {
  const aBytes = a.bytes, bBytes = b.bytes;
  const length = a.valueStart - a.start;
  const difference = length - (b.valueStart - b.start);
  let from = a.start, to = b.start;
  const end = difference < 0 ? a.valueStart : from + length - difference;
  while (from < end) {
    const order = aBytes[from++] - bBytes[to++];
    if (order !== 0) return order;
  }
  return difference;
}
