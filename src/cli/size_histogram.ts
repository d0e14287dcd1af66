/**
 * How sizes are distributed, in classes that double: 0, 1, 2 to 3, 4 to 7, …
 *
 * @module
 */

/** One class that has sizes in it. */
export interface SizeClass {
  /** The least size, in bytes. */
  readonly from: number;
  /** The greatest. */
  readonly to: number;
  /** How many there are. */
  readonly count: number;
}

/** The longest bar, in characters. */
const BAR = 40;

/** Counts sizes. */
export class SizeHistogram {
  /** The sum of all sizes, in bytes. */
  total = 0;
  /** The greatest. */
  largest = 0;
  readonly #counts: number[] = [];

  /** Counts a size. */
  add(size: number): void {
    this.total += size;
    if (size > this.largest) this.largest = size;
    const n = size === 0 ? 0 : 1 + Math.floor(Math.log2(size));
    // Without holes: what goes through an array would pass them by.
    while (this.#counts.length <= n) this.#counts.push(0);
    this.#counts[n]++;
  }

  /** The classes, from the first that has sizes in it to the last. */
  classes(): SizeClass[] {
    const first = Math.max(0, this.#counts.findIndex((n) => n > 0));
    return this.#counts.slice(first).map((_, i) => {
      const n = first + i;
      return {
        from: n === 0 ? 0 : 2 ** (n - 1),
        to: n === 0 ? 0 : 2 ** n - 1,
        count: this.#counts[n],
      };
    });
  }

  /** The same as lines with bars, for a person. */
  lines(): string[] {
    const rows = this.classes().map(({ from, to, count }) => ({
      sizes: from === to ? `${from}` : `${from} to ${to}`,
      count,
    }));
    const most = Math.max(...rows.map(({ count }) => count));
    const width = Math.max(...rows.map(({ sizes }) => sizes.length));
    const digits = String(most).length;
    return rows.map(({ sizes, count }) => {
      const bar = "█".repeat(Math.ceil((count / most) * BAR));
      return `${sizes.padStart(width)} ${String(count).padStart(digits)} ${bar}`
        .trimEnd();
    });
  }
}
