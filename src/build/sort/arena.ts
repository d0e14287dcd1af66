/**
 * Records in memory, in the order in which they came, and then sorted.
 *
 * Each record has an entry of 64 bits that is sorted in its place: four bytes
 * of its key, and where it is.
 *
 * ```text
 * 63…32  four bytes of prefix and key, behind what all share; zeros if it ends
 * 31…29  how many of those it has, 0 to 4, or MORE_BYTES if more follow
 * 28…0   the record's offset in words, so that equal keys keep their order
 * ```
 *
 * Entries are numbers, which the engine sorts without calling back. Those that
 * stay equal and have more bytes are sorted again by the next four.
 *
 * @module
 */

import { copyBytes } from "../../storage/memory/copy.ts";
import { HEADER_SIZE, sizeOf, SortedRecord } from "./record.ts";

/** Records end before this offset, in bytes: 29 bits of words. */
const LARGEST = 2 ** 31;

const MORE_BYTES = 5;
const OFFSET_MASK = 0x1fffffff;

/** Groups up to this size are sorted by comparing. */
const SMALL = 8;

/** Entries `[from, to)`, equal in the bytes before `depth`. */
interface Group {
  from: number;
  to: number;
  depth: number;
}

/** Holds as many records as have room in it. */
export class Arena {
  /** How many records there are. */
  count = 0;
  readonly #laterFirst: boolean;
  #bytes: Uint8Array<ArrayBuffer>;
  #words: Uint32Array<ArrayBuffer>;
  #used = 0;
  #entries: BigUint64Array<ArrayBuffer>;
  /** The entries in halves: the lower, the upper, … */
  #halves: Uint32Array<ArrayBuffer>;

  /**
   * Takes the memory.
   *
   * @param bytes the room for records; their entries take up to half as much.
   * @param laterFirst of records with equal keys, the last one comes first.
   */
  constructor(bytes: number, laterFirst: boolean) {
    this.#laterFirst = laterFirst;
    this.#bytes = new Uint8Array(bytes);
    this.#words = new Uint32Array(this.#bytes.buffer);
    this.#entries = new BigUint64Array(Math.ceil(bytes / 16));
    this.#halves = new Uint32Array(this.#entries.buffer);
  }

  /**
   * Whether a record with so much content has room. A single one always has,
   * up to 2 GiB.
   */
  fits(length: number): boolean {
    if (this.count === this.#entries.length) return false;
    const needed = this.#used + sizeOf(length);
    if (needed <= this.#bytes.length) return true;
    if (this.count > 0 || needed >= LARGEST) return false;
    this.#bytes = new Uint8Array(needed);
    this.#words = new Uint32Array(this.#bytes.buffer);
    return true;
  }

  /** Adds a record that {@linkcode fits}. */
  add(
    prefix: Uint8Array,
    keyAt: number,
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const bytes = this.#bytes;
    const valueAt = prefix.length + keyEnd - keyStart;
    const length = valueAt + valueEnd - valueStart;
    const word = this.#used >> 2;
    this.#words[word] = valueAt;
    this.#words[word + 1] = keyAt;
    this.#words[word + 2] = length;
    let at = this.#used + HEADER_SIZE;
    at = copyBytes(prefix, 0, prefix.length, bytes, at);
    at = copyBytes(keyBytes, keyStart, keyEnd, bytes, at);
    copyBytes(valueBytes, valueStart, valueEnd, bytes, at);
    this.#halves[2 * this.count++] = this.#laterFirst
      ? OFFSET_MASK - word
      : word;
    this.#used += sizeOf(length);
  }

  /** Empties it. */
  clear(): void {
    this.count = 0;
    this.#used = 0;
  }

  /** Sorts all records by the bytes of prefix and key. */
  sort(): void {
    const groups: Group[] = [{ from: 0, to: this.count, depth: 0 }];
    for (let group; (group = groups.pop()) !== undefined;) {
      const { from, to } = group;
      if (to - from <= SMALL) this.#insertionSort(group);
      else {
        const depth = this.#commonDepth(group);
        this.#load(from, to, depth);
        this.#entries.subarray(from, to).sort();
        this.#findGroups(from, to, depth + 4, groups);
      }
    }
  }

  /** The records, in the order of their entries. */
  *records(): Generator<SortedRecord> {
    const record = new SortedRecord();
    for (let i = 0; i < this.count; i++) {
      record.read(this.#bytes, this.#words, this.#offsetOf(i));
      yield record;
    }
  }

  /** Up to where all keys of a group are equal. */
  #commonDepth({ from, to, depth }: Group): number {
    const bytes = this.#bytes;
    const first = this.#offsetOf(from) + HEADER_SIZE;
    let common = this.#valueAt(from);
    for (let i = from + 1; i < to && common > depth; i++) {
      const start = this.#offsetOf(i) + HEADER_SIZE;
      common = Math.min(common, this.#valueAt(i));
      let at = depth;
      while (at < common && bytes[start + at] === bytes[first + at]) at++;
      common = at;
    }
    return common;
  }

  /** Puts the four bytes behind `depth` into entries. */
  #load(from: number, to: number, depth: number): void {
    const bytes = this.#bytes, halves = this.#halves;
    for (let i = from; i < to; i++) {
      const left = this.#valueAt(i) - depth;
      const at = this.#offsetOf(i) + HEADER_SIZE + depth;
      let four = left > 0 ? bytes[at] << 24 : 0;
      if (left > 1) four |= bytes[at + 1] << 16;
      if (left > 2) four |= bytes[at + 2] << 8;
      if (left > 3) four |= bytes[at + 3];
      const more = left > 4 ? MORE_BYTES : left;
      halves[2 * i] = halves[2 * i] & OFFSET_MASK | more << 29;
      halves[2 * i + 1] = four;
    }
  }

  /** Finds runs of entries that four bytes could not tell apart. */
  #findGroups(from: number, to: number, depth: number, groups: Group[]): void {
    const halves = this.#halves;
    for (let begin = from, end; begin < to; begin = end) {
      const low = halves[2 * begin] >>> 29, high = halves[2 * begin + 1];
      end = begin + 1;
      if (low !== MORE_BYTES) continue;
      while (
        end < to && halves[2 * end + 1] === high &&
        halves[2 * end] >>> 29 === low
      ) end++;
      if (end - begin > 1) groups.push({ from: begin, to: end, depth });
    }
  }

  #insertionSort({ from, to, depth }: Group): void {
    const halves = this.#halves;
    for (let i = from + 1; i < to; i++) {
      const low = halves[2 * i];
      let at = i;
      while (at > from && this.#precedes(low, halves[2 * at - 2], depth)) {
        halves[2 * at] = halves[2 * at - 2];
        at--;
      }
      halves[2 * at] = low;
    }
  }

  /** Whether the record of one entry's lower half comes before another's. */
  #precedes(a: number, b: number, depth: number): boolean {
    const bytes = this.#bytes;
    const aAt = this.#offset(a), bAt = this.#offset(b);
    const aLength = this.#words[aAt >> 2], bLength = this.#words[bAt >> 2];
    const length = Math.min(aLength, bLength);
    for (let i = depth; i < length; i++) {
      const order = bytes[aAt + HEADER_SIZE + i] - bytes[bAt + HEADER_SIZE + i];
      if (order !== 0) return order < 0;
    }
    return aLength === bLength
      ? (a & OFFSET_MASK) < (b & OFFSET_MASK)
      : aLength < bLength;
  }

  /** The length of prefix and key. */
  #valueAt(entry: number): number {
    return this.#words[this.#offsetOf(entry) >> 2];
  }

  #offsetOf(entry: number): number {
    return this.#offset(this.#halves[2 * entry]);
  }

  #offset(low: number): number {
    const word = low & OFFSET_MASK;
    return (this.#laterFirst ? OFFSET_MASK - word : word) * 4;
  }
}
