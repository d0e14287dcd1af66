/**
 * The sequences of a block: so many literals, and then so many bytes that were
 * there before, again and again (RFC 8878, section 3.1.1.3.2).
 *
 * ```text
 * head      number of sequences, modes of the three tables: 2 bits each
 * tables    for the lengths of literals, offsets, and lengths of matches
 * content   a bit stream that is read backwards
 * ```
 *
 * @module
 */

import { BackwardBits } from "./bits.ts";
import { damaged } from "./damaged.ts";
import {
  type FseTable,
  makeTable,
  nextState,
  readFseTable,
  singleSymbolTable,
} from "./fse.ts";
import type { History } from "./history.ts";
import type { Literals } from "./literals.ts";

/** What a code stands for: a number, and how many bits are added to it. */
interface Code {
  /** The codes of equal numbers of bits: how many they are, and these bits. */
  readonly runs: readonly (readonly [count: number, bits: number])[];
  /** What the first code stands for. */
  readonly first: number;
  /** The most that the accuracy of its table may be. */
  readonly mostLog: number;
  /** The distribution where a block gives none, and its accuracy. */
  readonly standard: readonly number[];
  readonly standardLog: number;
}

const ones = (count: number, value = 1) => Array<number>(count).fill(value);

const LITERAL_LENGTHS: Code = {
  first: 0,
  // deno-fmt-ignore
  runs: [
    [16, 0], [4, 1], [2, 2], [2, 3], [1, 4], [1, 6], [1, 7], [1, 8], [1, 9],
    [1, 10], [1, 11], [1, 12], [1, 13], [1, 14], [1, 15], [1, 16],
  ],
  mostLog: 9,
  // deno-fmt-ignore
  standard: [
    4, 3, ...ones(11, 2), 1, 1, 1, ...ones(9, 2), 3, 2, ...ones(5), ...ones(4, -1),
  ],
  standardLog: 6,
};

const MATCH_LENGTHS: Code = {
  first: 3,
  // deno-fmt-ignore
  runs: [
    [32, 0], [4, 1], [2, 2], [2, 3], [2, 4], [1, 5], [1, 7], [1, 8], [1, 9],
    [1, 10], [1, 11], [1, 12], [1, 13], [1, 14], [1, 15], [1, 16],
  ],
  mostLog: 9,
  standard: [1, 4, 3, ...ones(6, 2), ...ones(37), ...ones(7, -1)],
  standardLog: 6,
};

/** A code of n stands for 2^n and n more bits. */
const OFFSETS: Code = {
  first: 1,
  runs: Array.from({ length: 32 }, (_, n) => [1, n] as const),
  mostLog: 8,
  standard: [...ones(6), 2, 2, 2, ...ones(15), ...ones(5, -1)],
  standardLog: 5,
};

/** The greatest code of an offset within the largest window. */
const MOST_OFFSET_CODE = 28;

const PREDEFINED = 0, SINGLE = 1, OWN = 2;

/** The tables of one kind of number. */
class Numbers {
  readonly baselines: Int32Array;
  readonly bitCounts: Uint8Array;
  /** The table of the last block. */
  table: FseTable | undefined;
  readonly #standard: FseTable;
  readonly #mostLog: number;

  constructor({ runs, first, mostLog, standard, standardLog }: Code) {
    const codes = runs.flatMap(([count, bits]) => ones(count, bits));
    this.bitCounts = Uint8Array.from(codes);
    this.baselines = new Int32Array(codes.length);
    for (let code = 0, next = first; code < codes.length; code++) {
      this.baselines[code] = next;
      next += 2 ** codes[code];
    }
    this.#standard = makeTable(standard, standardLog);
    this.#mostLog = mostLog;
  }

  /** Reads the table, as the mode says; answers where its description ends. */
  read(block: Uint8Array, start: number, end: number, mode: number): number {
    if (mode === PREDEFINED) this.table = this.#standard;
    else if (mode === SINGLE) {
      if (start >= end || block[start] >= this.bitCounts.length) {
        throw damaged("a table is wrong");
      }
      this.table = singleSymbolTable(block[start]);
      return start + 1;
    } else if (mode === OWN) {
      const most = this.bitCounts.length - 1;
      const { table, next } = readFseTable(
        block,
        start,
        end,
        this.#mostLog,
        most,
      );
      this.table = table;
      return next;
    } else if (this.table === undefined) {
      throw damaged("a table is repeated that is not there");
    }
    return start;
  }
}

/** Reads the sequences of one block after another. */
export class Sequences {
  readonly #literalLengths = new Numbers(LITERAL_LENGTHS);
  readonly #offsets = new Numbers(OFFSETS);
  readonly #matchLengths = new Numbers(MATCH_LENGTHS);
  /** The last three offsets. */
  readonly #last = [1, 4, 8];

  /** Reads the section `block[start, end)`, and does what it says. */
  run(
    block: Uint8Array,
    start: number,
    end: number,
    literals: Literals,
    history: History,
  ): void {
    if (start >= end) throw damaged("a block ends in the middle");
    let count = block[start++];
    if (count === 255) {
      count = 0x7f00 + (block[start] | block[start + 1] << 8);
      start += 2;
    } else if (count > 127) count = (count - 128 << 8) + block[start++];
    if (count === 0) {
      if (start !== end) throw damaged("a block goes on behind its end");
      history.add(literals.bytes, 0, literals.length);
      return;
    }
    if (start >= end) throw damaged("a block ends in the middle");
    const modes = block[start++];
    if ((modes & 3) !== 0) throw damaged("a reserved bit is set");
    start = this.#literalLengths.read(block, start, end, modes >> 6);
    start = this.#offsets.read(block, start, end, modes >> 4 & 3);
    start = this.#matchLengths.read(block, start, end, modes >> 2 & 3);
    this.#follow(
      new BackwardBits(block, start, end),
      count,
      literals,
      history,
    );
  }

  #follow(
    bits: BackwardBits,
    count: number,
    literals: Literals,
    history: History,
  ): void {
    // All in local variables: this loop is where unpacking spends its time.
    const { bytes: literalBytes, length: literalsThere } = literals;
    const literalLengths = this.#literalLengths, offsets = this.#offsets;
    const matchLengths = this.#matchLengths;
    const literalTable = literalLengths.table!, offsetTable = offsets.table!;
    const matchTable = matchLengths.table!;
    const literalCodes = literalTable.symbols, matchCodes = matchTable.symbols;
    const literalBases = literalLengths.baselines;
    const literalBits = literalLengths.bitCounts;
    const matchBases = matchLengths.baselines;
    const matchBits = matchLengths.bitCounts;
    let literalState = bits.read(literalTable.accuracyLog);
    let offsetState = bits.read(offsetTable.accuracyLog);
    let matchState = bits.read(matchTable.accuracyLog);
    let used = 0;
    for (let n = 1;; n++) {
      const offsetCode = offsetTable.symbols[offsetState];
      if (offsetCode > MOST_OFFSET_CODE) {
        throw damaged("it refers to what is not there");
      }
      const offsetValue = (1 << offsetCode) + bits.read(offsetCode);
      const matchCode = matchCodes[matchState];
      const matchLength = matchBases[matchCode] +
        bits.read(matchBits[matchCode]);
      const literalCode = literalCodes[literalState];
      const literalLength = literalBases[literalCode] +
        bits.read(literalBits[literalCode]);
      const next = used + literalLength;
      if (next > literalsThere) throw damaged("a block has too few literals");
      const offset = this.#offset(offsetValue, literalLength);
      history.addAndRepeat(literalBytes, used, next, offset, matchLength);
      used = next;
      if (n === count) break;
      literalState = nextState(literalTable, literalState, bits);
      matchState = nextState(matchTable, matchState, bits);
      offsetState = nextState(offsetTable, offsetState, bits);
    }
    if (bits.left !== 0) throw damaged("a bit stream has another length");
    history.add(literals.bytes, used, literals.length);
  }

  /** Up to 3, a value stands for one of the last offsets, or nearly. */
  #offset(value: number, literalLength: number): number {
    const last = this.#last;
    let offset = value - 3;
    let n = 3;
    if (value <= 3) {
      n = value - (literalLength === 0 ? 0 : 1);
      if (n === 0) return last[0];
      offset = n === 3 ? last[0] - 1 : last[n];
      if (offset === 0) throw damaged("it refers to what is not there");
    }
    if (n !== 1) last[2] = last[1];
    last[1] = last[0];
    last[0] = offset;
    return offset;
  }
}
