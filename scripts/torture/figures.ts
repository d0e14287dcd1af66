/**
 * The figures that tests print, put together over many rounds.
 *
 * @module
 */

/** One figure so far. */
interface Figure {
  value: number;
  /** What it is counted in; none for what is added up. */
  unit?: string;
}

/** All figures, by name. */
export class Figures {
  readonly #figures = new Map<string, Figure>();

  /** Takes the figures out of what a test run has printed. */
  read(output: string): void {
    const lines = output.matchAll(
      /^figure: (.+) = (-?[\d.]+)(?: (\S+) at most)?$/gm,
    );
    for (const [, name, value, unit] of lines) {
      if (unit === undefined) this.count(name, Number(value));
      else this.#worst(name, Number(value), unit);
    }
  }

  /** Adds to a number. */
  count(name: string, count: number): void {
    const figure = this.#figures.get(name);
    if (figure === undefined) this.#figures.set(name, { value: count });
    else figure.value += count;
  }

  /** The table, in Markdown. */
  table(): string {
    const rows = [...this.#figures].map(([name, { value, unit }]) =>
      `| ${name} | ${value.toLocaleString("en")}${
        unit === undefined ? "" : ` ${unit} at most`
      } |`
    );
    return ["| what | figure |", "| --- | ---: |", ...rows].join("\n");
  }

  #worst(name: string, value: number, unit: string): void {
    const former = this.#figures.get(name)?.value ?? -Infinity;
    this.#figures.set(name, { value: Math.max(former, value), unit });
  }
}
