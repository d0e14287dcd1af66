/** Chance that can be repeated: a seeded generator (mulberry32). */

/** Rolls dice. */
export class Random {
  #state: number;

  /** The same seed gives the same rolls. */
  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from 0 up to `limit`, which is not reached. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor(((t ^ (t >>> 14)) >>> 0) / 2 ** 32 * limit);
  }

  /** True once in so many times. */
  oneIn(count: number): boolean {
    return this.below(count) === 0;
  }

  /** One of them. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }

  /** From `least` to `most` things. */
  some<T>(least: number, most: number, make: () => T): T[] {
    const count = least + this.below(most - least + 1);
    return Array.from({ length: count }, make);
  }

  /** So many random characters of an alphabet. */
  text(length: number, alphabet: string): string {
    let text = "";
    while (text.length < length) text += alphabet[this.below(alphabet.length)];
    return text;
  }
}
