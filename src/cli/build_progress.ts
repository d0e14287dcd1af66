/**
 * How a build gets on: a bar on a terminal, nothing elsewhere.
 *
 * @module
 */

import { Presets, SingleBar } from "cli-progress";
import type { Progress } from "../build/build.ts";

const KNOWN_LENGTH =
  "{what} {bar} {percentage}%  {records} records, {rate}/s, {eta_formatted} left";
const UNKNOWN_LENGTH =
  "{what} {records} records, {rate}/s, {duration_formatted}";

/** Draws one bar for reading, and one for writing. */
export class BuildProgress implements Progress {
  readonly #isTerminal: boolean = Deno.stderr.isTerminal();
  readonly #inputSize: number;
  #bar: SingleBar | undefined;
  #began = 0;
  #read = 0;
  #isWriting = false;

  /**
   * Begins without a bar.
   *
   * @param inputSize the bytes of all inputs; 0 if nobody knows.
   */
  constructor(inputSize: number) {
    this.#inputSize = inputSize;
  }

  /** Some of the input was read. */
  read(bytes: number, records: number): void {
    this.#read += bytes;
    this.#show("reading", this.#read, this.#inputSize, records);
  }

  /** Some of the output was written. */
  written(records: number, all: number): void {
    if (!this.#isWriting) this.stop();
    this.#isWriting = true;
    this.#show("writing", records, all, records);
  }

  /** Something is odd about an input, and does not matter. */
  warning(text: string): void {
    this.stop();
    console.error(`goromdb: ${text}`);
  }

  /** Ends the line. */
  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #show(what: string, value: number, total: number, records: number): void {
    if (!this.#isTerminal) return;
    if (this.#bar === undefined) {
      const format = total === 0 ? UNKNOWN_LENGTH : KNOWN_LENGTH;
      this.#bar = new SingleBar({ format }, Presets.shades_classic);
      this.#bar.start(total, 0, { what, records: 0, rate: 0 });
      this.#began = performance.now();
    }
    const seconds = (performance.now() - this.#began) / 1000;
    const rate = seconds === 0 ? 0 : Math.round(records / seconds);
    this.#bar.update(Math.min(value, total), { what, records, rate });
  }
}

/** The bytes of all inputs; 0 if one of them has no size. */
export async function sizeOfInputs(inputs: readonly string[]): Promise<number> {
  let sum = 0;
  for (const input of inputs) {
    const size = await Deno.stat(input).then(({ size }) => size, () => 0);
    if (size === 0) return 0;
    sum += size;
  }
  return sum;
}
