/**
 * Looks keys up in a byte table. The layout is told in `layout.ts`.
 *
 * @module
 */

import type { Entry, Fault, Snapshot, Value } from "../storage.ts";
import { unshared } from "../memory/shared.ts";
import { hash, type TableMemory } from "./layout.ts";

/** A short record is in one cache line or in two. */
const CACHE_LINE = 64;

/**
 * A snapshot over a byte table.
 *
 * @example
 * ```ts
 * import { TableBuilder, TableSnapshot, Value } from "@goromdb/cli/mod";
 * import { assert, assertEquals } from "@std/assert";
 *
 * const utf8 = new TextEncoder();
 * const builder = new TableBuilder();
 * builder.set(utf8.encode("hoge"), utf8.encode("hoge!"));
 *
 * const table = new TableSnapshot(builder.finish());
 * const value = new Value();
 * assert(table.find(utf8.encode("hoge"), 0, 4, value));
 * assertEquals(value.end - value.start, 5);
 * ```
 */
export class TableSnapshot implements Snapshot {
  readonly #keys: number;
  readonly #slots: Int32Array;
  readonly #arena: Uint8Array;
  readonly #mask: number;
  readonly #scale: number;
  readonly #prefix: number;
  readonly #offsets = new Int32Array(16);
  /** Kept, so that the loads are not optimised away. */
  #touched = 0;

  /** Attaches to a table; nothing is copied. */
  constructor(memory: TableMemory) {
    this.#keys = memory.keys;
    this.#slots = memory.slots;
    this.#arena = unshared(memory.arena);
    this.#mask = this.#slots.length / 2 - 1;
    this.#scale = 2 ** memory.shift;
    this.#prefix = memory.namespaces ? 4 : 0;
  }

  /** Finds a key; see {@linkcode Snapshot.find}. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    return this.findNumbered(0, bytes, start, end, value);
  }

  /** Touches slots and records; see {@linkcode Snapshot.prefetch}. */
  prefetch(bytes: Uint8Array, spans: Int32Array, count: number): void {
    const slots = this.#slots;
    const arena = this.#arena;
    const offsets = this.#offsets;
    // One kind of wait a loop, and loops so short that the processor has many
    // rounds of them under way at once.
    count = Math.min(count, offsets.length);
    for (let n = 0; n < count; n++) {
      const h = hash(bytes, spans[2 * n], spans[2 * n + 1], 0);
      offsets[n] = 2 * (h & this.#mask) + 1;
    }
    for (let n = 0; n < count; n++) offsets[n] = slots[offsets[n]];
    let touched = 0;
    for (let n = 0; n < count; n++) {
      const at = (offsets[n] >>> 0) * this.#scale;
      touched ^= arena[at] ^ arena[at + CACHE_LINE];
    }
    this.#touched = touched;
  }

  /** Finds a key of the namespace with that number. */
  findNumbered(
    namespace: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    const slots = this.#slots;
    const arena = this.#arena;
    const mask = this.#mask;
    const h = hash(bytes, start, end, namespace);
    for (let slot = h & mask;; slot = (slot + 1) & mask) {
      const offset = slots[2 * slot + 1] >>> 0;
      if (offset === 0) return false;
      if (slots[2 * slot] !== h) continue;

      let at = offset * this.#scale;
      if (this.#prefix !== 0) {
        if (readNumber(arena, at) !== namespace) continue;
        at += this.#prefix;
      }
      let byte = arena[at++];
      let keyLength = byte & 0x7f;
      for (let scale = 128; byte > 127; scale *= 128) {
        byte = arena[at++];
        keyLength += (byte & 0x7f) * scale;
      }
      if (keyLength !== end - start) continue;
      byte = arena[at++];
      let valueLength = byte & 0x7f;
      for (let scale = 128; byte > 127; scale *= 128) {
        byte = arena[at++];
        valueLength += (byte & 0x7f) * scale;
      }
      let i = start;
      while (i < end && arena[at] === bytes[i]) i++, at++;
      if (i < end) continue;

      value.bytes = arena;
      value.start = at;
      value.end = at + valueLength;
      value.flags = 0;
      return true;
    }
  }

  /** All records, in the order of their hashes. */
  *entries(): Iterable<Entry> {
    for (const { entry } of this.numberedEntries()) yield entry;
  }

  /** How many records there are. */
  count(): number {
    return this.#keys;
  }

  /** What was built here has no faults. */
  check(): Iterable<Fault> {
    return [];
  }

  /** All records, each with the number of its namespace. */
  *numberedEntries(): Iterable<{ namespace: number; entry: Entry }> {
    const arena = this.#arena;
    for (let slot = 0; slot <= this.#mask; slot++) {
      const offset = this.#slots[2 * slot + 1] >>> 0;
      if (offset === 0) continue;
      let at = offset * this.#scale;
      const namespace = this.#prefix === 0 ? 0 : readNumber(arena, at);
      at += this.#prefix;
      const lengths = [0, 0];
      for (let n = 0; n < 2; n++) {
        for (let scale = 1, more = true; more; scale *= 128) {
          lengths[n] += (arena[at] & 0x7f) * scale;
          more = arena[at++] > 127;
        }
      }
      const key = at + lengths[0];
      yield {
        namespace,
        entry: {
          key: arena.subarray(at, key),
          value: arena.subarray(key, key + lengths[1]),
        },
      };
    }
  }
}

/** A 32-bit little-endian number at any offset. */
export function readNumber(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
    bytes[at + 3] << 24;
}
