/**
 * Writes constant databases for tests, of both forms; see
 * `src/storage/cdb/layout.ts`.
 */

import {
  CLASSIC_POINTERS_SIZE,
  GUARD,
  hash,
  MAGIC,
  TABLES,
} from "../../../src/storage/cdb/layout.ts";

/** A key, and a value or the length of one that is all zeros. */
export type Pair = [Uint8Array, Uint8Array | number];

/** Bytes and their place in a file; between the pieces are zeros. */
export interface Piece {
  at: number;
  bytes: Uint8Array<ArrayBuffer>;
}

/** The file as pieces, so that values beyond 4 GiB take no memory. */
export function cdbPieces(
  pairs: Pair[],
  word: 4 | 8,
): { pieces: Piece[]; size: number } {
  const pieces: Piece[] = [];
  let at = 0;
  const put = (bytes: Uint8Array) => {
    pieces.push({ at, bytes: new Uint8Array(bytes) });
    at += bytes.length;
  };
  const putNumbers = (numbers: number[]) => {
    const view = new DataView(new ArrayBuffer(numbers.length * word));
    numbers.forEach((number, i) =>
      word === 4
        ? view.setUint32(i * 4, number, true)
        : view.setBigUint64(i * 8, BigInt(number), true)
    );
    put(new Uint8Array(view.buffer));
  };

  if (word === 8) {
    const guard = new Uint8Array(CLASSIC_POINTERS_SIZE);
    for (let i = 0; i < guard.length; i++) guard[i] = GUARD[i % GUARD.length];
    put(guard);
    put(new TextEncoder().encode(MAGIC));
  }
  const pointersAt = at;
  at += TABLES * 2 * word;

  const tables: [number, number][][] = Array.from({ length: TABLES }, () => []);
  for (const [key, value] of pairs) {
    const h = hash(key, 0, key.length);
    tables[h % TABLES].push([h, at]);
    putNumbers([key.length, typeof value === "number" ? value : value.length]);
    put(key);
    if (typeof value === "number") at += value;
    else put(value);
  }

  const pointers: number[] = [];
  for (const entries of tables) {
    const count = entries.length * 2;
    pointers.push(at, count);
    const slots = new Array<number>(count * 2).fill(0);
    for (const [h, position] of entries) {
      let slot = (h >>> 8) % count;
      while (slots[2 * slot + 1] !== 0) slot = (slot + 1) % count;
      slots[2 * slot] = h;
      slots[2 * slot + 1] = position;
    }
    putNumbers(slots);
  }
  const size = at;
  at = pointersAt;
  putNumbers(pointers);
  return { pieces, size };
}

/** The file as bytes. */
export function cdbFile(pairs: Pair[], word: 4 | 8): Uint8Array<ArrayBuffer> {
  const { pieces, size } = cdbPieces(pairs, word);
  const file = new Uint8Array(size);
  for (const { at, bytes } of pieces) file.set(bytes, at);
  return file;
}
