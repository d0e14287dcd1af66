/**
 * What writes a data file of one format.
 *
 * @module
 */

import type { SortedRecord } from "../sort/record.ts";

/** What is known before the first record is written. */
export interface Plan {
  /** Whether the records have namespaces that are not part of their keys. */
  readonly namespaced: boolean;
  /** The name for the records' bucket, in formats that need one. */
  readonly bucket: string;
  /** At most so many records come. */
  readonly records: number;
  /** At most so many bytes of keys and values. */
  readonly bytes: number;
}

/**
 * Writes one file, from records in the order of namespaces and then of keys, no
 * two of which are equal.
 */
export interface Writer {
  /** The records that follow are of this namespace. */
  begin(namespace: Uint8Array): void;
  /**
   * Writes a record.
   *
   * @throws {BuildError} that names it, if the format cannot hold it.
   */
  add(record: SortedRecord): void;
  /** Completes the file. */
  finish(): void | Promise<void>;
  /** Lets go of the file, finished or not. */
  [Symbol.dispose](): void;
}
