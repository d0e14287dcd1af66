/**
 * Huffman codes of zstd's literals (RFC 8878, section 4.2).
 *
 * @module
 */

import { BackwardBits, bitsIn } from "./bits.ts";
import { damaged } from "./damaged.ts";
import { nextState, readFseTable } from "./fse.ts";

/** What each number of `maxBits` bits begins with. */
export interface HuffmanTable {
  readonly maxBits: number;
  /** The symbol that it begins with. */
  readonly symbols: Uint8Array;
  /** How many of its bits are that symbol's. */
  readonly bitCounts: Uint8Array;
}

const MOST_BITS = 11, MOST_WEIGHTS = 255, MOST_WEIGHT_LOG = 6;

/**
 * Reads the description of a table from `bytes[start, end)`: a weight for each
 * symbol but the last.
 *
 * @returns the table, and where its description ends.
 */
export function readHuffmanTable(
  bytes: Uint8Array,
  start: number,
  end: number,
): { table: HuffmanTable; next: number } {
  if (start >= end) throw damaged("a block ends in the middle");
  const head = bytes[start++];
  // Up to 127, it is the length of weights that are coded; above, their number.
  const length = head < 128 ? head : head - 126 >> 1;
  const next = start + length;
  if (next > end) throw damaged("a table goes beyond its block");
  const weights: number[] = [];
  if (head < 128) readWeights(bytes, start, next, weights);
  else {
    for (let i = 0; i < head - 127; i++) {
      const pair = bytes[start + (i >> 1)];
      weights.push(i % 2 === 0 ? pair >> 4 : pair & 15);
    }
  }
  return { table: makeTable(weights), next };
}

/** Two states take turns until the bits are used up. */
function readWeights(
  bytes: Uint8Array,
  start: number,
  end: number,
  weights: number[],
): void {
  const { table, next } = readFseTable(
    bytes,
    start,
    end,
    MOST_WEIGHT_LOG,
    MOST_BITS + 1,
  );
  const bits = new BackwardBits(bytes, next, end);
  const { symbols, bitCounts, accuracyLog } = table;
  let state = bits.read(accuracyLog), other = bits.read(accuracyLog);
  for (;;) {
    weights.push(symbols[state]);
    if (weights.length > MOST_WEIGHTS) {
      throw damaged("too many literal weights");
    }
    if (bits.left < bitCounts[state]) break;
    [state, other] = [other, nextState(table, state, bits)];
  }
  weights.push(symbols[other]);
  if (weights.length > MOST_WEIGHTS) throw damaged("too many literal weights");
}

function makeTable(weights: number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MOST_BITS) throw damaged("a literal weight is too large");
    if (weight > 0) sum += 1 << weight - 1;
  }
  if (sum === 0) throw damaged("a table has no symbols");
  const maxBits = 32 - Math.clz32(sum);
  if (maxBits > MOST_BITS) throw damaged("a literal's code is too long");
  // The last weight makes the sum a power of two.
  const rest = (1 << maxBits) - sum;
  if ((rest & rest - 1) !== 0) throw damaged("literal weights do not add up");
  weights.push(32 - Math.clz32(rest));

  const symbols = new Uint8Array(1 << maxBits);
  const bitCounts = new Uint8Array(1 << maxBits);
  let at = 0;
  for (let weight = 1; weight <= maxBits; weight++) {
    for (const [symbol, itsWeight] of weights.entries()) {
      if (itsWeight !== weight) continue;
      const next = at + (1 << weight - 1);
      symbols.fill(symbol, at, next);
      bitCounts.fill(maxBits + 1 - weight, at, next);
      at = next;
    }
  }
  return { maxBits, symbols, bitCounts };
}

/** Reads the symbols of the stream `bytes[start, end)`: as many as `to[at, stop)` holds. */
export function readStream(
  { maxBits, symbols, bitCounts }: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
  stop: number,
): void {
  const mask = (1 << maxBits) - 1;
  let left = bitsIn(bytes, start, end);
  while (at < stop && left >= maxBits) {
    const low = left - maxBits;
    const byte = start + (low >> 3);
    const code =
      (bytes[byte] | bytes[byte + 1] << 8 | bytes[byte + 2] << 16) >>>
        (low & 7) & mask;
    to[at++] = symbols[code];
    left -= bitCounts[code];
  }
  // The last codes are shorter than what is looked at: zeros stand for the rest.
  const last = (bytes[start] | bytes[start + 1] << 8) & (1 << left) - 1;
  for (let rest = left; at < stop; rest = left) {
    const code = (last & (1 << rest) - 1) << maxBits - rest & mask;
    to[at++] = symbols[code];
    left -= bitCounts[code];
    if (left < 0) break;
  }
  if (left !== 0 || at !== stop) {
    throw damaged("a stream of literals has another length");
  }
}
