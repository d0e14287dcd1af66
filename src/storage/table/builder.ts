/**
 * Builds a byte table, record by record. The layout is told in `layout.ts`.
 *
 * @module
 */

import { copyBytes } from "../memory/copy.ts";
import {
  allocateShared,
  giveBack,
  growShared,
  releaseShared,
} from "../memory/shared.ts";
import { drawSecret, hash } from "./hash.ts";
import { FIRST_RECORD, slotShift, type TableMemory } from "./layout.ts";
import { readNumber } from "./table.ts";

const FOUR_GIB = 2 ** 32;
const EIGHT_BYTES = 3;

/**
 * Room for a record's lengths, and behind it for the cache line that a reader
 * touches ahead of time.
 */
const SLACK = 32 + 64;

/** The records take more than 4 GiB: build the table again, `wide`. */
export class TableTooNarrow extends Error {
  /** Stable: `TableTooNarrow`. */
  override readonly name = "TableTooNarrow";
}

/** What the caller knows beforehand; both numbers may be wrong. */
export interface TableHints {
  /** The bytes that all records together will take. */
  bytes?: number;
  /** They may take more than 4 GiB. Without it, `bytes` tells. */
  wide?: boolean;
  /** Each key belongs to a namespace, told by its number. */
  namespaced?: boolean;
  /** Is told that so many bytes more are taken; may throw. */
  onGrowth?: (bytes: number) => void;
}

/** Growth is told in steps of so many bytes. */
const GROWTH_STEP = 1024 * 1024;

/**
 * Collects records in growing shared memory. The last of equal keys wins.
 *
 * @example
 * ```ts
 * import { TableBuilder } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const utf8 = new TextEncoder();
 * const builder = new TableBuilder();
 * builder.set(utf8.encode("a"), utf8.encode("1"));
 * builder.set(utf8.encode("a"), utf8.encode("2"));
 * assertEquals(builder.finish().keys, 1);
 * ```
 */
export class TableBuilder {
  readonly #secret = drawSecret();
  #slots = allocateSlots(1024);
  #arena: Uint8Array<SharedArrayBuffer>;
  #used = FIRST_RECORD;
  #keys = 0;
  #hasReplaced = false;
  readonly #shift: number;
  readonly #prefix: number;
  readonly #onGrowth: (bytes: number) => void;
  /** Where the next step of growth is told. */
  #nextStep = GROWTH_STEP;

  /** Reserves memory as `hints` suggest; untouched memory costs nothing. */
  constructor(hints: TableHints = {}) {
    const bytes = Math.max(64 * 1024, hints.bytes ?? 0);
    this.#shift = (hints.wide ?? bytes >= FOUR_GIB) ? EIGHT_BYTES : 0;
    this.#prefix = hints.namespaced ? 4 : 0;
    this.#arena = allocateShared(bytes);
    this.#onGrowth = hints.onGrowth ?? (() => {});
  }

  /** How many records there are so far. */
  get keys(): number {
    return this.#keys;
  }

  /** Adds a record, or replaces the one with an equal key. */
  set(key: Uint8Array, value: Uint8Array): void {
    this.add(0, key, 0, key.length, value, 0, value.length);
  }

  /**
   * Adds the key `keyBytes[keyStart, keyEnd)` of a namespace, with the value
   * `valueBytes[valueStart, valueEnd)`.
   */
  add(
    namespace: number,
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const keyLength = keyEnd - keyStart;
    const valueLength = valueEnd - valueStart;
    this.#reserve(keyLength + valueLength + SLACK);
    const offset = this.#used / 2 ** this.#shift;
    this.#insert(namespace, keyBytes, keyStart, keyEnd, offset);

    const arena = this.#arena;
    let at = this.#used;
    for (let i = 0; i < this.#prefix; i++) arena[at++] = namespace >>> (8 * i);
    at = writeLength(arena, at, keyLength);
    at = writeLength(arena, at, valueLength);
    at = copyBytes(keyBytes, keyStart, keyEnd, arena, at);
    at = copyBytes(valueBytes, valueStart, valueEnd, arena, at);
    this.#used = this.#shift === 0 ? at : Math.ceil(at / 8) * 8;
  }

  /** The finished table. The builder must not be used again. */
  finish(): TableMemory {
    return {
      slots: this.#slots,
      arena: this.#arena,
      secret: this.#secret,
      end: this.#used,
      shift: this.#shift,
      keys: this.#keys,
      hasReplaced: this.#hasReplaced,
    };
  }

  /** Gives the memory back instead. The builder must not be used again. */
  abandon(): void {
    releaseShared(this.#slots, this.#arena);
  }

  #insert(
    namespace: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    offset: number,
  ): void {
    const slots = this.#slots;
    const h = hash(this.#secret, bytes, start, end, namespace);
    const slot = this.#slotOf(h, namespace, bytes, start, end);
    const isNew = slots[2 * slot + 1] === 0;
    slots[2 * slot] = h;
    slots[2 * slot + 1] = offset;
    if (!isNew) {
      this.#hasReplaced = true;
      return;
    }
    this.#keys++;
    if (this.#keys > slots.length / 2 * 0.625) this.#growSlots();
  }

  /** The slot of a key, or the empty one where it belongs. */
  #slotOf(
    h: number,
    namespace: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): number {
    const slots = this.#slots;
    const mask = slots.length / 2 - 1;
    let slot = h >>> slotShift(slots);
    for (; slots[2 * slot + 1] !== 0; slot = (slot + 1) & mask) {
      if (
        slots[2 * slot] === h &&
        this.#equal(namespace, bytes, start, end, slots[2 * slot + 1] >>> 0)
      ) break;
    }
    return slot;
  }

  #equal(
    namespace: number,
    bytes: Uint8Array,
    start: number,
    end: number,
    offset: number,
  ): boolean {
    const arena = this.#arena;
    let at = offset * 2 ** this.#shift;
    if (this.#prefix !== 0 && readNumber(arena, at) !== namespace) return false;
    at += this.#prefix;
    let length = 0;
    for (let scale = 1, more = true; more; scale *= 128) {
      length += (arena[at] & 0x7f) * scale;
      more = arena[at++] > 127;
    }
    if (length !== end - start) return false;
    while (arena[at++] > 127); // the value's length
    while (start < end && arena[at] === bytes[start]) at++, start++;
    return start === end;
  }

  #growSlots(): void {
    const old = this.#slots;
    this.#onGrowth(2 * old.byteLength);
    const slots = allocateSlots(old.length);
    const mask = slots.length / 2 - 1;
    const shift = slotShift(slots);
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = old[i] >>> shift;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
      slots[2 * slot] = old[i];
      slots[2 * slot + 1] = old[i + 1];
    }
    this.#slots = slots;
    giveBack(old.buffer, 0, old.buffer.byteLength);
  }

  #reserve(bytes: number): void {
    const needed = this.#used + bytes;
    if (needed > this.#nextStep) {
      this.#onGrowth(needed - this.#nextStep + GROWTH_STEP);
      this.#nextStep = needed + GROWTH_STEP;
    }
    if (needed <= this.#arena.length) return;
    if (this.#shift === 0 && needed > FOUR_GIB) {
      throw new TableTooNarrow();
    }
    const length = Math.max(needed, this.#arena.length * 2);
    this.#arena = growShared(this.#arena, this.#used, length);
  }
}

function allocateSlots(count: number): Int32Array<SharedArrayBuffer> {
  const { buffer, byteOffset } = allocateShared(count * 8);
  return new Int32Array(buffer, byteOffset, count * 2);
}

function writeLength(bytes: Uint8Array, at: number, length: number): number {
  while (length > 127) {
    bytes[at++] = 0x80 | length % 128;
    length = Math.floor(length / 128);
  }
  bytes[at++] = length;
  return at;
}
