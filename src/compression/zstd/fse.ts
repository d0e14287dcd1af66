/**
 * Tables of zstd's finite state entropy coding (RFC 8878, section 4.1): a state is
 * a symbol, and together with some bits the next state.
 *
 * @module
 */

import type { BackwardBits } from "./bits.ts";
import { ForwardBits } from "./bits.ts";
import { damaged } from "./damaged.ts";

/** What each state stands for, and what follows it. */
export interface FseTable {
  /** How many bits the first state has. */
  readonly accuracyLog: number;
  /** The symbol of a state. */
  readonly symbols: Uint8Array;
  /** How many bits say which state is the next. */
  readonly bitCounts: Uint8Array;
  /** What is added to these bits. */
  readonly baselines: Uint16Array;
}

/** How many bits a table's sizes may have at the least. */
const LEAST_ACCURACY_LOG = 5;

/**
 * Reads the description of a table from `bytes[start, end)`.
 *
 * @param mostLog the most that its accuracy may be.
 * @param mostSymbol the greatest symbol.
 * @returns the table, and where its description ends.
 */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  mostLog: number,
  mostSymbol: number,
): { table: FseTable; next: number } {
  const bits = new ForwardBits(bytes, start, end);
  const accuracyLog = LEAST_ACCURACY_LOG + bits.read(4);
  if (accuracyLog > mostLog) throw damaged("a table is too large");
  const probabilities: number[] = [];
  let remaining = 1 << accuracyLog;
  while (remaining > 0) {
    const probability = readProbability(bits, remaining);
    remaining -= Math.abs(probability);
    probabilities.push(probability);
    if (probability === 0) {
      for (let zeros = 3; zeros === 3;) {
        zeros = bits.read(2);
        for (let i = 0; i < zeros; i++) probabilities.push(0);
      }
    }
    if (probabilities.length > mostSymbol + 1) {
      throw damaged("a table has too many symbols");
    }
  }
  return { table: makeTable(probabilities, accuracyLog), next: bits.nextByte };
}

/** A probability, of which small ones take a bit less; -1 is less than 1. */
function readProbability(bits: ForwardBits, remaining: number): number {
  const count = 32 - Math.clz32(remaining + 1);
  const threshold = (1 << count) - 2 - remaining;
  const lowMask = (1 << count - 1) - 1;
  const value = bits.peek(count);
  if ((value & lowMask) < threshold) {
    bits.skip(count - 1);
    return (value & lowMask) - 1;
  }
  bits.skip(count);
  return (value > lowMask ? value - threshold : value) - 1;
}

/** Makes the table of a distribution: how many states of all each symbol has. */
export function makeTable(
  probabilities: readonly number[],
  accuracyLog: number,
): FseTable {
  const size = 1 << accuracyLog;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(probabilities.length);
  let high = size;
  for (const [symbol, probability] of probabilities.entries()) {
    next[symbol] = Math.abs(probability);
    if (probability === -1) symbols[--high] = symbol;
  }
  const step = (size >> 1) + (size >> 3) + 3;
  let at = 0;
  for (const [symbol, probability] of probabilities.entries()) {
    for (let i = 0; i < probability; i++) {
      symbols[at] = symbol;
      do at = at + step & size - 1; while (at >= high);
    }
  }
  if (at !== 0) throw damaged("the probabilities of a table do not add up");
  const bitCounts = new Uint8Array(size);
  const baselines = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const nth = next[symbols[state]]++;
    const count = accuracyLog - (31 - Math.clz32(nth));
    bitCounts[state] = count;
    baselines[state] = (nth << count) - size;
  }
  return { accuracyLog, symbols, bitCounts, baselines };
}

/** A table with one state. */
export function singleSymbolTable(symbol: number): FseTable {
  return {
    accuracyLog: 0,
    symbols: Uint8Array.of(symbol),
    bitCounts: new Uint8Array(1),
    baselines: new Uint16Array(1),
  };
}

/** The state that follows a state. */
export function nextState(
  table: FseTable,
  state: number,
  bits: BackwardBits,
): number {
  return table.baselines[state] + bits.read(table.bitCounts[state]);
}
