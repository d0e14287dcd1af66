/**
 * The literals of a block: the bytes that no earlier bytes stand for (RFC 8878,
 * section 3.1.1.3.1).
 *
 * ```text
 * head      type: 2 bits, size format: 2 bits, size, [packed size]
 * content   the bytes, or one that is repeated, or [table] streams
 * ```
 *
 * @module
 */

import { damaged } from "./damaged.ts";
import { type HuffmanTable, readHuffmanTable, readStream } from "./huffman.ts";

/** The most that a block can have, and room for it. */
export const MOST_BLOCK_BYTES = 128 * 1024;

const RAW = 0, REPEATED = 1, TREELESS = 3;

/** Of sizes with four streams, how many bits each takes, by the size format. */
const SIZE_BITS = [10, 10, 14, 18];

const STREAMS = 4, JUMP_TABLE_LENGTH = 6;

/** Reads the literals of one block after another. */
export class Literals {
  /** The literals of the last block: the first {@linkcode length} bytes. */
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(MOST_BLOCK_BYTES);
  /** How many there are. */
  length = 0;
  #table: HuffmanTable | undefined;

  /** Begins a frame: it does not use the table of the last. */
  forget(): void {
    this.#table = undefined;
  }

  /**
   * Reads the section that begins at `start`.
   *
   * @returns where it ends.
   */
  read(block: Uint8Array, start: number, end: number): number {
    if (start >= end) throw damaged("a block ends in the middle");
    const type = block[start] & 3, format = block[start] >> 2 & 3;
    return type <= REPEATED
      ? this.#readPlain(block, start, end, type, format)
      : this.#readPacked(block, start, end, type, format);
  }

  #readPlain(
    block: Uint8Array,
    start: number,
    end: number,
    type: number,
    format: number,
  ): number {
    // A format of an even number has one bit, for a size of 5.
    const headLength = format % 2 === 0 ? 1 : format === 1 ? 2 : 3;
    let size = 0;
    for (let i = headLength - 1; i >= 0; i--) {
      size = size << 8 | block[start + i];
    }
    size >>= headLength === 1 ? 3 : 4;
    this.#setLength(size);
    const content = start + headLength;
    const next = content + (type === RAW ? size : 1);
    if (next > end) throw damaged("a block ends in the middle");
    if (type === RAW) this.bytes.set(block.subarray(content, next));
    else this.bytes.fill(block[content], 0, size);
    return next;
  }

  #readPacked(
    block: Uint8Array,
    start: number,
    end: number,
    type: number,
    format: number,
  ): number {
    const bits = SIZE_BITS[format];
    const headLength = 4 + 2 * bits >> 3;
    // 36 bits and 4: more than an integer has.
    let head = 0;
    for (let i = headLength - 1; i >= 0; i--) {
      head = head * 256 + block[start + i];
    }
    const sizes = Math.floor(head / 16);
    this.#setLength(sizes % 2 ** bits);
    const content = start + headLength;
    const next = content + Math.floor(sizes / 2 ** bits);
    if (next > end) throw damaged("a block ends in the middle");
    let streams = content;
    if (type !== TREELESS) {
      const { table, next: tableEnd } = readHuffmanTable(block, content, next);
      this.#table = table;
      streams = tableEnd;
    }
    const table = this.#table;
    if (table === undefined) throw damaged("literals without a table");
    if (format === 0) {
      readStream(table, block, streams, next, this.bytes, 0, this.length);
    } else this.#readStreams(table, block, streams, next);
    return next;
  }

  /** Four streams, of which the first three tell how long they are. */
  #readStreams(
    table: HuffmanTable,
    block: Uint8Array,
    start: number,
    end: number,
  ): void {
    const share = this.length + STREAMS - 1 >> 2;
    let from = start + JUMP_TABLE_LENGTH;
    if (from > end || (STREAMS - 1) * share > this.length) {
      throw damaged("a stream of literals has another length");
    }
    for (let n = 0; n < STREAMS; n++) {
      const isLast = n === STREAMS - 1;
      const next = isLast
        ? end
        : from + (block[start + 2 * n] | block[start + 2 * n + 1] << 8);
      if (next > end) throw damaged("a stream of literals has another length");
      const stop = isLast ? this.length : (n + 1) * share;
      readStream(table, block, from, next, this.bytes, n * share, stop);
      from = next;
    }
  }

  #setLength(length: number): void {
    if (length > MOST_BLOCK_BYTES) throw damaged("a block is too large");
    this.length = length;
  }
}
