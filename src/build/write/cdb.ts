/**
 * Writes constant databases: the classic form, and the 64-bit form where the
 * file would pass 4 GiB. The layout is told in `storage/cdb/layout.ts`.
 *
 * Records go straight into the file. Of each the hash and the position are
 * sorted by table beside it, in bounded memory, and become the tables.
 *
 * @module
 */

import {
  CLASSIC_POINTERS_SIZE,
  GUARD,
  hash,
  MAGIC,
  TABLES,
  WIDE_POINTERS,
} from "../../storage/cdb/layout.ts";
import type { SortedRecord } from "../sort/record.ts";
import { Sorter } from "../sort/sorter.ts";
import { OutputFile } from "./output_file.ts";
import type { Plan, Writer } from "./writer.ts";

/** The classic form's numbers end here. */
const FOUR_GIB = 2 ** 32;

/** The memory for slots that wait to be put into tables. */
const SLOT_MEMORY = 32 * 1024 * 1024;

/** Writes one file. */
export class CdbWriter implements Writer {
  readonly #file: OutputFile;
  readonly #wide: boolean;
  readonly #slots: Sorter;
  /** How many records are in each table. */
  readonly #counts = new Float64Array(TABLES);
  /** A table's number, and what a slot holds: a hash and a position. */
  readonly #table = new Uint8Array(1);
  readonly #slot = new DataView(new ArrayBuffer(12));
  readonly #slotBytes = new Uint8Array(this.#slot.buffer);
  readonly #lengths = new DataView(new ArrayBuffer(16));
  readonly #lengthBytes = new Uint8Array(this.#lengths.buffer);

  /**
   * Begins a file.
   *
   * @param limit the classic form is for files that stay below this size, in
   * bytes.
   */
  constructor(path: string, plan: Plan, limit: number = FOUR_GIB) {
    const largest = CLASSIC_POINTERS_SIZE + plan.bytes + plan.records * 24;
    this.#wide = largest >= limit;
    this.#file = new OutputFile(path);
    this.#slots = new Sorter(`${path}.slots`, { memory: SLOT_MEMORY });
    const pointers = this.#header(new Float64Array(TABLES));
    this.#file.write(pointers, 0, pointers.length);
  }

  begin(): void {}

  add({ bytes, keyStart, valueStart, end }: SortedRecord): void {
    const h = hash(bytes, keyStart, valueStart);
    this.#counts[this.#table[0] = h % TABLES]++;
    this.#slot.setUint32(0, h);
    this.#slot.setFloat64(4, this.#file.position);
    this.#slots.add(this.#table, 0, 1, this.#slotBytes, 0, 12);

    const word = this.#wide ? 8 : 4;
    this.#put(this.#lengths, 0, valueStart - keyStart);
    this.#put(this.#lengths, word, end - valueStart);
    this.#file.write(this.#lengthBytes, 0, 2 * word);
    this.#file.write(bytes, keyStart, end);
  }

  finish(): void {
    const positions = new Float64Array(TABLES);
    const slots = this.#slots.sorted()[Symbol.iterator]();
    for (let table = 0; table < TABLES; table++) {
      positions[table] = this.#file.position;
      const bytes = this.#fill(this.#counts[table], slots);
      this.#file.write(bytes, 0, bytes.length);
    }
    this.#file.overwrite(this.#header(positions), 0);
  }

  [Symbol.dispose](): void {
    this.#slots[Symbol.dispose]();
    this.#file[Symbol.dispose]();
  }

  /** A table of so many records, with as many slots again that stay empty. */
  #fill(count: number, slots: Iterator<SortedRecord>): Uint8Array {
    const word = this.#wide ? 8 : 4;
    const table = new DataView(new ArrayBuffer(count * 2 * 2 * word));
    const used = new Uint8Array(count * 2);
    for (let n = 0; n < count; n++) {
      const { bytes, valueStart } = slots.next().value as SortedRecord;
      this.#slotBytes.set(bytes.subarray(valueStart, valueStart + 12));
      const h = this.#slot.getUint32(0);
      let slot = (h >>> 8) % used.length;
      while (used[slot] !== 0) slot = (slot + 1) % used.length;
      used[slot] = 1;
      this.#put(table, slot * 2 * word, h);
      this.#put(table, (slot * 2 + 1) * word, this.#slot.getFloat64(4));
    }
    return new Uint8Array(table.buffer);
  }

  /** What stands before the records. */
  #header(positions: Float64Array): Uint8Array {
    const word = this.#wide ? 8 : 4;
    const start = this.#wide ? WIDE_POINTERS : 0;
    const header = new Uint8Array(start + TABLES * 2 * word);
    if (this.#wide) {
      for (let i = 0; i < CLASSIC_POINTERS_SIZE; i++) {
        header[i] = GUARD[i % GUARD.length];
      }
      header.set(new TextEncoder().encode(MAGIC), CLASSIC_POINTERS_SIZE);
    }
    const pointers = new DataView(header.buffer, start);
    for (let table = 0; table < TABLES; table++) {
      this.#put(pointers, table * 2 * word, positions[table]);
      this.#put(pointers, (table * 2 + 1) * word, this.#counts[table] * 2);
    }
    return header;
  }

  /** Writes a number of the form's width. */
  #put(to: DataView, at: number, value: number): void {
    if (this.#wide) to.setBigUint64(at, BigInt(value), true);
    else to.setUint32(at, value, true);
  }
}
