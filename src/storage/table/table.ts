/**
 * Looks keys up in a byte table. The layout is told in `layout.ts`.
 *
 * @module
 */

import { type Entry, type Fault, type Snapshot, Value } from "../storage.ts";
import { unshared } from "../memory/shared.ts";
import { randomBelow } from "../random.ts";
import { hash } from "./hash.ts";
import { FIRST_RECORD, slotShift, type TableMemory } from "./layout.ts";

/** A record, and where it lies. */
export interface NumberedEntry {
  /** The number of its namespace; 0 if there are none. */
  readonly namespace: number;
  /** Its key and value. */
  readonly entry: Entry;
  /** Where it ends in the arena. */
  readonly end: number;
}

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
  readonly #memory: TableMemory;
  readonly #secret: Int32Array;
  readonly #slots: Int32Array;
  readonly #arena: Uint8Array;
  readonly #slotShift: number;
  readonly #mask: number;
  readonly #scale: number;
  readonly #prefix: number;
  readonly #offsets = new Int32Array(16);
  // What `prefetch` has hashed: where each key begins, and its hash.
  readonly #starts = new Int32Array(16);
  readonly #hashes = new Int32Array(16);
  #hashed = 0;
  /** The next of them that a look-up may be for. */
  #next = 0;
  /** Kept, so that the loads are not optimised away. */
  #touched = 0;

  /** Attaches to a table; nothing is copied. */
  constructor(memory: TableMemory) {
    this.#memory = memory;
    this.#secret = memory.secret;
    this.#slots = memory.slots;
    this.#slotShift = slotShift(memory.slots);
    this.#arena = unshared(memory.arena);
    this.#mask = this.#slots.length / 2 - 1;
    this.#scale = 2 ** memory.shift;
    this.#prefix = memory.namespaces ? 4 : 0;
  }

  /** Finds a key; see {@linkcode Snapshot.find}. */
  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    if (this.#next < this.#hashed) {
      return this.findPrefetched(bytes, start, end, value);
    }
    const h = hash(this.#secret, bytes, start, end, 0);
    return this.findHashed(h, 0, bytes, start, end, value);
  }

  /** Touches slots and records; see {@linkcode Snapshot.prefetch}. */
  prefetch(bytes: Uint8Array, spans: Int32Array, count: number): void {
    const secret = this.#secret;
    const slots = this.#slots;
    const slotShift = this.#slotShift;
    const arena = this.#arena;
    const starts = this.#starts;
    const hashes = this.#hashes;
    const offsets = this.#offsets;
    // One kind of wait a loop, and loops so short that the processor has many
    // rounds of them under way at once.
    count = Math.min(count, offsets.length);
    for (let n = 0; n < count; n++) {
      const start = spans[2 * n];
      const h = hash(secret, bytes, start, spans[2 * n + 1], 0);
      starts[n] = start;
      hashes[n] = h;
      offsets[n] = 2 * (h >>> slotShift) + 1;
    }
    for (let n = 0; n < count; n++) offsets[n] = slots[offsets[n]];
    let touched = 0;
    for (let n = 0; n < count; n++) {
      const at = (offsets[n] >>> 0) * this.#scale;
      touched ^= arena[at] ^ arena[at + CACHE_LINE];
    }
    this.#touched = touched;
    this.#hashed = count;
    this.#next = 0;
  }

  /**
   * Finds a key that `prefetch` has hashed, most probably. Other bytes may lie
   * there by now: then the hash is not theirs, and a miss says nothing.
   */
  protected findPrefetched(
    bytes: Uint8Array,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    const n = this.#next++;
    const prefetched = this.#hashes[n];
    const isThis = this.#starts[n] === start;
    if (!isThis) this.#hashed = 0;
    else if (this.findHashed(prefetched, 0, bytes, start, end, value)) {
      return true;
    }
    const h = hash(this.#secret, bytes, start, end, 0);
    return !(isThis && h === prefetched) &&
      this.findHashed(h, 0, bytes, start, end, value);
  }

  /** Finds a key of the namespace with that number. */
  findNumbered(
    namespace: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    const h = hash(this.#secret, bytes, start, end, namespace);
    return this.findHashed(h, namespace, bytes, start, end, value);
  }

  /** Finds a key by its hash. (A private method would be called more slowly.) */
  protected findHashed(
    h: number,
    namespace: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    const slots = this.#slots;
    const arena = this.#arena;
    const mask = this.#mask;
    for (let slot = h >>> this.#slotShift;; slot = (slot + 1) & mask) {
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

  /** All records, in the order of the file. */
  *entries(): Iterable<Entry> {
    for (const { entry } of this.numberedEntries()) yield entry;
  }

  /** A random key: each is as likely as another. */
  randomKey(): Uint8Array | undefined {
    return this.randomRecord()?.entry.key;
  }

  /** The record of a random slot that is in use: a third of them are. */
  randomRecord(): NumberedEntry | undefined {
    if (this.count() === 0) return undefined;
    for (;;) {
      const slot = randomBelow(this.#mask + 1);
      const offset = this.#slots[2 * slot + 1] >>> 0;
      if (offset !== 0) return this.#recordAt(offset * this.#scale);
    }
  }

  /** How many records there are. */
  count(): number {
    return this.#memory.keys;
  }

  /** What was built here has no faults. */
  check(): Iterable<Fault> {
    return [];
  }

  /** All records, each with the number of its namespace. */
  *numberedEntries(): Iterable<NumberedEntry> {
    const { end, hasReplaced } = this.#memory;
    const found = new Value();
    for (let at = FIRST_RECORD; at < end;) {
      const record = this.#recordAt(at);
      const { namespace, entry: { key, value } } = record;
      const isReplaced = hasReplaced &&
        this.findNumbered(namespace, key, 0, key.length, found) &&
        found.start !== record.end - value.length;
      if (!isReplaced) yield record;
      at = Math.ceil(record.end / this.#scale) * this.#scale;
    }
  }

  #recordAt(at: number): NumberedEntry {
    const arena = this.#arena;
    const namespace = this.#prefix === 0 ? 0 : readNumber(arena, at);
    at += this.#prefix;
    const lengths = [0, 0];
    for (let n = 0; n < 2; n++) {
      for (let scale = 1, more = true; more; scale *= 128) {
        lengths[n] += (arena[at] & 0x7f) * scale;
        more = arena[at++] > 127;
      }
    }
    const value = at + lengths[0];
    const end = value + lengths[1];
    return {
      namespace,
      entry: {
        key: arena.subarray(at, value),
        value: arena.subarray(value, end),
      },
      end,
    };
  }
}

/** A 32-bit little-endian number at any offset. */
export function readNumber(bytes: Uint8Array, at: number): number {
  return bytes[at] | bytes[at + 1] << 8 | bytes[at + 2] << 16 |
    bytes[at + 3] << 24;
}
