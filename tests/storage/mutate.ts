/**
 * Damaged data files, made from sound ones: what all readers are fuzzed with.
 *
 * The generator is seeded, so a mutant can be made again from its number.
 *
 * @module
 */

import { assert } from "@std/assert";
import { counted, SEED } from "../figures.ts";
import {
  DataFileError,
  isNamespaced,
  type Snapshot,
  Value,
} from "../../src/storage/storage.ts";

const MUTANTS = 20_000;
const LIMIT_MS = 1000;

/** More records than any fixture has: a reader that goes round in a circle. */
const MAX_ENTRIES = 200_000;

/** Damaged files can have many. */
const NAMESPACES_WALKED = 20;

/** Makes a generator of numbers from 0 up to `below` (mulberry32). */
export function dice(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 2 ** 32 * below);
  };
}

/**
 * `count` damaged copies of the fixtures, taken in turn. Each has from one to
 * four things wrong with it; it is the caller's to keep.
 */
export function* mutants(
  fixtures: Uint8Array[],
  seed: number,
  count: number,
): Iterable<Uint8Array<ArrayBuffer>> {
  const roll = dice(seed);
  for (let i = 0; i < count; i++) {
    let bytes = new Uint8Array(fixtures[i % fixtures.length]);
    for (let n = 1 + roll(4); n > 0 && bytes.length > 0; n--) {
      bytes = mutate(bytes, fixtures[roll(fixtures.length)], roll);
    }
    yield bytes;
  }
}

/** Does one thing to `bytes`: in place, unless their number changes. */
function mutate(
  bytes: Uint8Array<ArrayBuffer>,
  other: Uint8Array,
  roll: (below: number) => number,
): Uint8Array<ArrayBuffer> {
  const at = place(bytes.length, roll);
  const length = Math.min(1 + roll(1 << roll(12)), bytes.length - at);
  switch (roll(12)) {
    case 0: // Truncated anywhere, or at a likely page.
      return bytes.slice(0, roll(2) === 0 ? at : at - at % 512);
    case 1: // Overwritten with one byte.
      bytes.fill([0, 0xff, roll(256)][roll(3)], at, at + length);
      return bytes;
    case 2: // Overwritten with garbage.
      for (let i = at; i < at + length; i++) bytes[i] = roll(256);
      return bytes;
    case 3: // A piece of another file, or of this one, in a wrong place.
    case 4: {
      const source = roll(2) === 0 ? other : bytes;
      const from = roll(source.length);
      bytes.set(source.slice(from, from + length), at);
      return bytes;
    }
    case 5: { // A block in the place of another.
      const size = 512 << roll(4);
      const blocks = Math.floor(bytes.length / size);
      const from = roll(blocks) * size;
      bytes.copyWithin(roll(blocks) * size, from, from + size);
      return bytes;
    }
    case 6: { // Bytes that should not be there.
      const longer = new Uint8Array(bytes.length + length);
      longer.set(bytes.subarray(0, at));
      longer.set(bytes.subarray(at), at + length);
      return longer;
    }
    case 7:
    case 8:
    case 9: // A number that no field should hold.
      putNumber(bytes, at, roll);
      return bytes;
    default: // Single bits.
      for (let n = 1 + roll(8); n > 0; n--) {
        bytes[place(bytes.length, roll)] ^= 1 << roll(8);
      }
      return bytes;
  }
}

/**
 * `count` copies of the fixtures, taken in turn, each with one little thing wrong
 * with it: what a look-up may pass by, and a check must not.
 */
export function* slightMutants(
  fixtures: Uint8Array[],
  seed: number,
  count: number,
): Iterable<Uint8Array<ArrayBuffer>> {
  const roll = dice(seed);
  for (let i = 0; i < count; i++) {
    const bytes = new Uint8Array(fixtures[i % fixtures.length]);
    if (bytes.length > 64) change(bytes, roll);
    yield bytes;
  }
}

/** Changes a few bytes where there is something. */
function change(bytes: Uint8Array, roll: (below: number) => number): void {
  let at = place(bytes.length, roll);
  // Most of a file is empty, and nothing comes of a change there.
  for (let n = 0; n < 20 && bytes[at] === 0; n++) {
    at = place(bytes.length, roll);
  }
  const width = 1 << roll(3);
  const number = Math.max(0, Math.min(at - at % width, bytes.length - 16));
  switch (roll(8)) {
    case 0: // One bit.
    case 1:
      bytes[at] ^= 1 << roll(8);
      return;
    case 2: // One byte.
      bytes[at] = [0, 1, 0xff, roll(256)][roll(4)];
      return;
    case 3: // A number a little greater or less.
      bytes[at] += [1, -1, 2, -2][roll(4)];
      return;
    case 4: { // Two numbers that stand beside each other, in each other's place.
      const first = bytes.slice(number, number + width);
      bytes.copyWithin(number, number + width, number + 2 * width);
      bytes.set(first, number + width);
      return;
    }
    case 5: // A number twice.
      bytes.copyWithin(number + width, number, number + width);
      return;
    case 6: { // A number of another place.
      const from = roll(bytes.length - width);
      bytes.copyWithin(
        number,
        from - from % width,
        from - from % width + width,
      );
      return;
    }
    default: // A number that no field should hold.
      putNumber(bytes, at, roll);
  }
}

/** An offset: often in the first bytes of a block, where headers are. */
function place(size: number, roll: (below: number) => number): number {
  const anywhere = roll(size);
  switch (roll(3)) {
    case 0:
      return anywhere;
    case 1:
      return Math.min(anywhere - anywhere % 512 + roll(64), size - 1);
    default:
      return roll(Math.min(size, 512));
  }
}

function putNumber(
  bytes: Uint8Array,
  at: number,
  roll: (below: number) => number,
): void {
  const width = 1 << roll(4);
  at -= at % Math.min(width, 4);
  if (at + width > bytes.length) return;
  const small = BigInt(roll(300));
  const top = 1n << BigInt(8 * width);
  const number = [
    small,
    top - 1n - small,
    top / 2n - 1n,
    top / 2n,
    BigInt(bytes.length),
    BigInt(bytes.length - 1),
    BigInt(roll(bytes.length)),
    1n << BigInt(roll(8 * width)),
  ][roll(8)];
  const little = roll(2) === 0;
  for (let i = 0; i < width; i++) {
    const shift = BigInt(8 * (little ? i : width - 1 - i));
    bytes[at + i] = Number(number >> shift & 0xffn);
  }
}

/**
 * Feeds mutants of the fixtures to `exercise`: 20,000, or as many as the
 * environment variable `GOROMDB_FUZZ` says. Each must be done within a second,
 * and may throw nothing but {@linkcode DataFileError}. Prints how many ended
 * how.
 *
 * @param exercise may return what it came to, to have that counted.
 * @param standard another number than 20,000.
 */
export function fuzz(
  name: string,
  fixtures: Uint8Array[],
  exercise: (bytes: Uint8Array<ArrayBuffer>) => string | void,
  standard = MUTANTS,
): void {
  const count = Number(Deno.env.get("GOROMDB_FUZZ") ?? standard);
  const seed = SEED;
  const outcomes = new Map<string, number>();
  let number = 0;
  for (const bytes of mutants(fixtures, seed, count)) {
    const began = performance.now();
    let outcome: string;
    try {
      outcome = exercise(bytes) ?? "read";
    } catch (error) {
      if (!(error instanceof DataFileError)) {
        throw new Error(`${name}: mutant ${number} of seed ${seed}`, {
          cause: error,
        });
      }
      outcome = "refused";
    }
    const took = performance.now() - began;
    assert(took < LIMIT_MS, `${name}: mutant ${number} took ${took} ms`);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    number++;
  }
  counted(`damaged files, ${name}`, number);
  const counts = [...outcomes].sort().map(([what, n]) => `${n} ${what}`);
  console.log(`${name}: ${number} mutants: ${counts.join(", ")}`);
}

/**
 * Does to a snapshot all that can be done to one: gets `keys`, iterates, counts
 * and checks. For use in {@linkcode fuzz}.
 *
 * @param open may throw {@linkcode DataFileError}: `fuzz` counts it as refused.
 * @returns what came of it.
 */
export function exerciseSnapshot(
  open: () => Snapshot,
  keys: Iterable<Uint8Array>,
): string {
  const snapshot = open();
  const value = new Value();
  let damaged = false;
  for (const key of keys) {
    damaged = survives(() => {
      if (!snapshot.find(key, 0, key.length, value)) return;
      assert(
        value.start >= 0 && value.start <= value.end &&
          value.end <= value.bytes.length,
        `a value at ${value.start} to ${value.end}`,
      );
    }) || damaged;
  }
  damaged = survives(() => {
    let entries = 0;
    for (const { key, value } of snapshot.entries()) {
      assert(++entries < MAX_ENTRIES);
      assert(key instanceof Uint8Array && value instanceof Uint8Array);
    }
  }) || damaged;
  damaged = survives(() => void snapshot.count()) || damaged;
  damaged = survives(() => void snapshot.describe?.()) || damaged;
  damaged = survives(() => void snapshot.randomKey?.()) || damaged;
  damaged = survives(() => snapshot.checkOrder?.(true)) || damaged;
  damaged = survives(() => snapshot.checkOrder?.(false)) || damaged;
  if (isNamespaced(snapshot)) {
    const { namespaces, entriesIn, randomNamespace } = snapshot;
    damaged = survives(() => void randomNamespace?.call(snapshot)) || damaged;
    damaged = survives(() => {
      if (namespaces === undefined || entriesIn === undefined) return;
      let left = NAMESPACES_WALKED;
      for (const name of namespaces.call(snapshot)) {
        if (left-- === 0) return;
        let entries = 0;
        for (const _ of entriesIn.call(snapshot, name.slice())) {
          assert(++entries < MAX_ENTRIES);
        }
      }
    }) || damaged;
  }
  let faulty = false;
  damaged = survives(() => {
    for (const _ of snapshot.check()) {
      faulty = true;
      break;
    }
  }) || damaged;
  return damaged
    ? "opened and gave errors"
    : faulty
    ? "read, with faults that check() tells"
    : "read without a fault";
}

/** Whether `action` threw a {@linkcode DataFileError}; others go on up. */
function survives(action: () => void): boolean {
  try {
    action();
    return false;
  } catch (error) {
    if (error instanceof DataFileError) return true;
    throw error;
  }
}
