import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { JsonStorage } from "../../../src/storage/json/json.ts";
import { type SharedData, Value } from "../../../src/storage/storage.ts";
import { drawSecret, hash } from "../../../src/storage/table/hash.ts";
import {
  slotShift,
  type TableMemory,
} from "../../../src/storage/table/layout.ts";
import { inDirectory } from "../../temporary.ts";

const utf8 = new TextEncoder();
const PAIRS = 15, BLOCK = 5;

/** Keys that collided took a hundred times as long as others. */
const FACTOR = 4;

/** The n-th block: five characters that a hash cannot have been made for. */
function block(n: number): Uint8Array {
  const bytes = new Uint8Array(BLOCK);
  for (let i = 0; i < BLOCK; i++) {
    n = Math.imul(n ^ n >>> 16, 0x45d9f3b) + 0x2545f491 | 0;
    bytes[i] = 0x30 + (n >>> 16) % 10 + (n >>> 24) % 7 * 10;
    if (bytes[i] === 0x5c) bytes[i] = 0x7e; // JSON would escape it
  }
  return bytes;
}

/**
 * 2^15 keys of equal length: 15 blocks of five bytes, each the one or the other of
 * two that leave a hash in one state.
 *
 * @param start the state before the first block.
 * @param after the state after a block, the n-th of a key.
 */
function collidingKeys(
  start: number,
  after: (state: number, block: Uint8Array, n: number) => number,
): Uint8Array[] {
  let state = start;
  let keys = [new Uint8Array(0)];
  for (let n = 0; n < PAIRS; n++) {
    const seen = new Map<number, Uint8Array>();
    for (let i = 0;; i++) {
      const one = block(i);
      const next = after(state, one, n);
      const other = seen.get(next);
      seen.set(next, one);
      if (other === undefined || other.join() === one.join()) continue;
      state = next;
      keys = keys.flatMap((key) =>
        [other, one].map((block) => Uint8Array.from([...key, ...block]))
      );
      break;
    }
  }
  return keys;
}

/** 32-bit FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/ */
function fnv1a(state: number, bytes: Uint8Array): number {
  for (const byte of bytes) state = Math.imul(state ^ byte, 0x01000193);
  return state;
}

/** The farthest that a record is from the slot where its look-up begins. */
function longestProbe({ slots }: TableMemory): number {
  const count = slots.length / 2;
  const shift = slotShift(slots);
  let longest = 0;
  for (let slot = 0; slot < count; slot++) {
    if (slots[2 * slot + 1] === 0) continue;
    const home = slots[2 * slot] >>> shift;
    longest = Math.max(longest, (slot - home + count) % count);
  }
  return longest;
}

Deno.test("keys made to collide in FNV-1a open, and are found, as fast as any", async () => {
  const made = collidingKeys(0x811c9dc5 | 0, fnv1a);
  assertEquals(made.length, 32_768);
  assertEquals(new Set(made.map((key) => fnv1a(0x811c9dc5 | 0, key))).size, 1);
  const others = made.map((key, n) =>
    utf8.encode(`${n}`.padStart(key.length, "key"))
  );

  await inDirectory(async (directory) => {
    const storage = new JsonStorage();
    const contenders = [made, others].map((keys, n) => {
      const path = `${directory}/${n}.json`;
      const text = keys.map((key) => `"${new TextDecoder().decode(key)}":"v"`);
      Deno.writeTextFileSync(path, `{${text.join()}}`);
      return { keys, path, opening: Infinity, getting: Infinity };
    });
    const [a, b] = contenders;
    let data: SharedData | undefined;
    // Others use the processor, too: the best of a few rounds counts.
    const isAsFast = () =>
      a.opening < FACTOR * b.opening && a.getting < FACTOR * b.getting;
    for (let round = 0; round < 20 && (round < 3 || !isAsFast()); round++) {
      for (const contender of contenders) {
        let begin = performance.now();
        data = await storage.open(contender.path, {});
        const opened = performance.now() - begin;
        contender.opening = Math.min(contender.opening, opened);
        assertEquals(data.keys, contender.keys.length);
        // At 5/8 full, or less, the longest of chance is some dozens.
        assert(longestProbe(data.memory as TableMemory) < 1000);

        const snapshot = storage.attach(data);
        const value = new Value();
        begin = performance.now();
        for (const key of contender.keys) {
          assert(snapshot.find(key, 0, key.length, value));
        }
        const got = performance.now() - begin;
        contender.getting = Math.min(contender.getting, got);
        storage.close(data);
      }
    }
    assert(
      a.opening < FACTOR * b.opening,
      `${a.opening} against ${b.opening} ms`,
    );
    assert(
      a.getting < FACTOR * b.getting,
      `${a.getting} against ${b.getting} ms`,
    );
  });
});

Deno.test("keys made to collide with one secret do not with another", () => {
  const secret = drawSecret();
  const keys = collidingKeys(0, (sum, block, n) => {
    for (let i = 0; i < BLOCK; i++) {
      sum = (sum + Math.imul(secret[n * BLOCK + i], block[i])) | 0;
    }
    return sum;
  });
  const hashes = (secret: Int32Array) =>
    new Set(keys.map((key) => hash(secret, key, 0, key.length, 0))).size;
  assertEquals(hashes(secret), 1);
  assert(hashes(drawSecret()) > 32_000);
});

Deno.test("no two keys have an equal hash with every secret", () => {
  const zeros = (length: number) => new Uint8Array(length);
  const ones = (length: number) => new Uint8Array(length).fill(0xff);
  const at = (length: number, ...places: number[]) => {
    const bytes = zeros(length);
    for (const place of places) bytes[place] = 0x80;
    return bytes;
  };
  const pairs: [Uint8Array, Uint8Array][] = [
    // Of different lengths, all zeros: the sum is 0.
    ...[0, 1, 3, 254, 255, 256, 510, 511].map((
      n,
    ): [Uint8Array, Uint8Array] => [zeros(n), zeros(n + 1)]),
    [zeros(0), zeros(256)],
    [zeros(1), zeros(256)],
    [zeros(255), zeros(511)],
    [zeros(256), zeros(512)],
    // Only the highest bit, which a multiplication leaves the highest.
    [zeros(8), at(8, 0)],
    [at(8, 0), at(8, 1)],
    [at(8, 0, 7), at(8, 3, 4)],
    [zeros(8), at(8, 0, 1, 2, 3, 4, 5, 6, 7)],
    // In two blocks at the same place, so that differences might cancel.
    [at(600, 10), at(600, 265)],
    [zeros(600), at(600, 10, 265)],
    [zeros(600), at(600, 10, 265, 520)],
    [at(600, 254), at(600, 255)],
    [ones(255), ones(510)],
    // Blocks that change places.
    [
      Uint8Array.from([...zeros(255), ...ones(255), 1]),
      Uint8Array.from([...ones(255), ...zeros(255), 1]),
    ],
    // The words of Thue and Morse collide in every polynomial modulo 2^32.
    [thueMorse(0), thueMorse(1)],
  ];
  const equal = pairs.map(() => 0);
  for (let round = 0; round < 500; round++) {
    const secret = drawSecret();
    for (const [n, [a, b]] of pairs.entries()) {
      const [first, second] = [a, b].map((key) =>
        hash(secret, key, 0, key.length, 0)
      );
      if (first === second) equal[n]++;
    }
  }
  assertEquals(equal, pairs.map(() => 0));
});

function thueMorse(first: number): Uint8Array {
  let word = [first];
  while (word.length < 2048) word = [...word, ...word.map((bit) => 1 - bit)];
  return Uint8Array.from(word);
}

Deno.test("the hash depends on the bytes alone, not on where they lie", () => {
  const secret = drawSecret();
  for (const length of [0, 1, 9, 254, 255, 256, 509, 510, 511, 5000]) {
    const key = crypto.getRandomValues(new Uint8Array(length));
    const around = new Uint8Array(length + 20).fill(0x55);
    around.set(key, 9);
    assertEquals(
      hash(secret, key, 0, length, 7),
      hash(secret, around, 9, 9 + length, 7),
    );
    for (let i = 0; i < length; i += 1 + (length >> 4)) {
      const other = key.slice();
      other[i] ^= 1;
      assertNotEquals(
        hash(secret, key, 0, length, 0),
        hash(secret, other, 0, length, 0),
      );
    }
  }
});

Deno.test("equal keys of different namespaces have different hashes", () => {
  const secret = drawSecret();
  const key = utf8.encode("key");
  const hashes = new Set<number>();
  for (let n = 0; n < 10_000; n++) hashes.add(hash(secret, key, 0, 3, n));
  for (let n = 8; n < 32; n++) hashes.add(hash(secret, key, 0, 3, 1 << n));
  assert(hashes.size > 9_990);
});

Deno.test("keys that are counted up fill the slots as chance would", () => {
  const secret = drawSecret();
  const slots = 1 << 14;
  const counts = new Uint32Array(slots);
  for (let n = 0; n < slots; n++) {
    const key = utf8.encode(`key-${n}`);
    counts[hash(secret, key, 0, key.length, 0) >>> 32 - 14]++;
  }
  // Of n balls in n urns, n / e urns stay empty, and no urn has many.
  const empty = counts.filter((count) => count === 0).length;
  assert(empty > slots * 0.3 && empty < slots * 0.45, `${empty} empty`);
  assert(Math.max(...counts) < 16, `${Math.max(...counts)} in one`);
});
