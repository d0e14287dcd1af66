/**
 * Reads the content of entries of a ZIP file.
 *
 * @module
 */

import { crc32, inflateRawSync } from "node:zlib";
import { Windows } from "../memory/windows.ts";
import { DataFileError, Value } from "../storage.ts";
import type { TableMemory } from "../table/layout.ts";
import { TableSnapshot } from "../table/table.ts";
import type { ZipDirectory } from "./directory.ts";
import {
  INDEX_AT,
  INDEX_CRC,
  INDEX_LOCAL,
  INDEX_METHOD,
  INDEX_PACKED_SIZE,
  INDEX_SIZE,
} from "./index_table.ts";
import {
  LOCAL,
  LOCAL_EXTRA_LENGTH,
  LOCAL_NAME_LENGTH,
  LOCAL_SIZE,
  read16,
  read32,
  STORED,
} from "./layout.ts";

/** Inflated contents that are kept for the next look-ups, in bytes. */
const KEPT_BYTES = 8 * 1024 * 1024;

/** Reads one file in place. */
export class ZipReader {
  /** The file. */
  readonly bytes: Uint8Array;
  /** Its name, for messages. */
  readonly path: string;
  /** Where its central directory is. */
  readonly directory: ZipDirectory;
  readonly #windows: Windows;
  readonly #index: TableSnapshot;
  readonly #found = new Value();
  /** Inflated contents by the place of their entry, the last used last. */
  readonly #inflated = new Map<number, Uint8Array>();
  #keptBytes = 0;

  /** Reads a file with its index. */
  constructor(
    bytes: Uint8Array,
    path: string,
    directory: ZipDirectory,
    index: TableMemory,
  ) {
    this.bytes = bytes;
    this.path = path;
    this.directory = directory;
    this.#windows = new Windows(bytes);
    this.#index = new TableSnapshot(index);
  }

  /** Finds the content of the entry with the name `bytes[start, end)`. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    if (!this.#index.find(bytes, start, end, this.#found)) return false;
    const method = this.#number32(INDEX_METHOD);
    if (method === STORED) this.#giveStored(value);
    else this.#giveInflated(value);
    value.flags = 0;
    return true;
  }

  /** The name of a random entry. */
  randomName(): Uint8Array | undefined {
    return this.#index.randomKey();
  }

  /** The place of the entry that was found last in the central directory. */
  get foundAt(): number {
    return this.#number(INDEX_AT);
  }

  /**
   * Where the data of an entry begin.
   *
   * @param local where its local header is.
   * @throws {DataFileError} if it is not before the central directory whole.
   */
  dataStart(local: number, packedSize: number): number {
    const header = this.#windows.at(local, local + LOCAL_SIZE);
    const at = local - (header?.base ?? 0);
    if (header === undefined || read32(header.bytes, at) !== LOCAL) {
      throw new DataFileError(this.path, `byte ${local}: there is no entry`);
    }
    const start = local + LOCAL_SIZE +
      read16(header.bytes, at + LOCAL_NAME_LENGTH) +
      read16(header.bytes, at + LOCAL_EXTRA_LENGTH);
    if (start + packedSize > this.directory.start) {
      throw new DataFileError(
        this.path,
        `the entry at byte ${local} goes on to ${
          start + packedSize
        }, and the ` +
          `central directory begins at ${this.directory.start}`,
      );
    }
    return start;
  }

  #giveStored(value: Value): void {
    const size = this.#number(INDEX_SIZE);
    const start = this.dataStart(this.#number(INDEX_LOCAL), size);
    const window = this.#windows.at(start, start + size);
    if (window === undefined) {
      throw new DataFileError(this.path, `${size} bytes are too long a value`);
    }
    value.bytes = window.bytes;
    value.start = start - window.base;
    value.end = value.start + size;
  }

  #giveInflated(value: Value): void {
    const local = this.#number(INDEX_LOCAL);
    let content = this.#inflated.get(local);
    if (content === undefined) {
      const size = this.#number(INDEX_SIZE);
      content = this.inflate(
        local,
        this.#number(INDEX_PACKED_SIZE),
        size,
        this.#number32(INDEX_CRC),
      );
      this.#makeRoom(size);
    } else this.#inflated.delete(local);
    this.#inflated.set(local, content);
    value.bytes = content;
    value.start = 0;
    value.end = content.length;
  }

  /**
   * Inflates an entry.
   *
   * @param local where its local header is.
   * @param size the size that its content must have.
   * @param crc the CRC-32 that its content must have.
   * @throws {DataFileError} if it does not.
   */
  inflate(
    local: number,
    packedSize: number,
    size: number,
    crc: number,
  ): Uint8Array {
    const start = this.dataStart(local, packedSize);
    const packed = this.bytes.subarray(start, start + packedSize);
    let content: Uint8Array;
    try {
      const { buffer, byteOffset, length } = inflateRawSync(packed, {
        maxOutputLength: Math.max(1, size),
      });
      content = new Uint8Array(buffer, byteOffset, length);
    } catch {
      throw new DataFileError(
        this.path,
        `the entry at byte ${local} does not inflate to ${size} bytes`,
      );
    }
    if (content.length !== size || crc32(content) !== crc) {
      throw new DataFileError(
        this.path,
        `the entry at byte ${local} does not have its size or its CRC-32`,
      );
    }
    return content;
  }

  /** Forgets what was not used for the longest time. */
  #makeRoom(size: number): void {
    this.#keptBytes += size;
    for (const [other, { length }] of this.#inflated) {
      if (this.#keptBytes <= KEPT_BYTES) break;
      this.#inflated.delete(other);
      this.#keptBytes -= length;
    }
  }

  /** A number of the entry that was found last. */
  #number(at: number): number {
    const { bytes, start } = this.#found;
    for (let i = 0; i < 8; i++) this.#eight[i] = bytes[start + at + i];
    return this.#float[0];
  }

  #number32(at: number): number {
    return read32(this.#found.bytes, this.#found.start + at);
  }

  readonly #eight = new Uint8Array(8);
  readonly #float = new Float64Array(this.#eight.buffer);
}
