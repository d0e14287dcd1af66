/**
 * Flags in Go's manner: `-name value`, `-name=value`, with one dash or two.
 *
 * A command's flags are one table, from which it is parsed and from which its
 * help is made.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { addressProblem } from "../storage/recognize/data_file.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./errors.ts";

/** One flag, whose value becomes a `T`. */
export interface Flag<T> {
  /** What stands for the value in the help; none: the flag is on or off. */
  readonly placeholder?: string;
  /** One sentence. */
  readonly help: string;
  /** What the help says is taken when the flag is not given. */
  readonly standard?: string;
  /** What is taken when the flag is not given. */
  readonly fallback: T;
  /** The words that it takes. */
  readonly choices?: readonly string[];
  /** The least and the greatest number that it takes. */
  readonly range?: readonly [least: number, most: number];
  /** Whether its number may have a unit behind it. */
  readonly hasUnit?: boolean;
  /** Whether it is a path, or may have one in it. */
  readonly path?: boolean;
  /** Whether a configuration file may give it as an array. */
  readonly list?: boolean;
  /** Reads a value; throws a `RangeError` that says what is wrong with it. */
  read(text: string): T;
}

/** A command's flags, by name. */
export type Flags = Record<string, Flag<unknown>>;

/** What the flags of a table are when they have been read. */
export type Values<F extends Flags> = {
  [K in keyof F]: F[K] extends Flag<infer T> ? T : never;
};

/** A flag that takes any text. */
export function text(
  placeholder: string,
  help: string,
  fallback?: string,
): Flag<string | undefined> {
  return {
    placeholder,
    help,
    standard: fallback,
    fallback,
    read: (text) => text,
  };
}

/** A flag that takes the path of a file or of a directory. */
export function path(
  placeholder: string,
  help: string,
): Flag<string | undefined> {
  return {
    ...text(placeholder, help),
    path: true,
    read(text) {
      const problem = addressProblem(text);
      if (problem !== undefined) throw new RangeError(problem);
      return text;
    },
  };
}

/** A flag that takes one of some words. */
export function choice<T extends string>(
  choices: readonly T[],
  help: string,
  fallback?: T,
): Flag<T | undefined> {
  return {
    placeholder: choices.join("|"),
    help,
    standard: fallback,
    fallback,
    choices,
    read(text) {
      const found = choices.find((choice) => choice === text);
      if (found !== undefined) return found;
      throw new RangeError(`it must be ${listed(choices)}`);
    },
  };
}

/** A flag that takes a whole number. */
export function whole(
  placeholder: string,
  help: string,
  fallback: number,
  least: number,
  most: number,
): Flag<number> {
  return {
    placeholder,
    help,
    standard: String(fallback),
    fallback,
    range: [least, most],
    read(text) {
      const value = /^\d+$/.test(text) ? Number(text) : NaN;
      if (value >= least && value <= most) return value;
      throw new RangeError(`it must be a number from ${least} to ${most}`);
    },
  };
}

/**
 * A flag that takes an amount of bytes: `1048576`, `1M`, `64MB`, `2GiB`; all
 * units are powers of 1024.
 *
 * @param standard what the help says is taken when the flag is not given.
 * @param fallback what is taken then, in bytes; `undefined` where that is only
 * known later.
 * @param least the least amount, in bytes.
 */
export function size<T extends number | undefined>(
  help: string,
  standard: string,
  fallback: T,
  least: number,
): Flag<number | T> {
  return {
    placeholder: "SIZE",
    help,
    standard,
    fallback,
    range: [least, Number.MAX_SAFE_INTEGER],
    hasUnit: true,
    read(text) {
      const [, digits, unit] = /^(\d+)([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
      const scale = 1024 ** " KMGT".indexOf(unit?.toUpperCase() || " ");
      const bytes = Number(digits) * scale;
      if (bytes >= least && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
      throw new RangeError(
        `it must be a size of at least ${formatSize(least)}: 64M, 2G`,
      );
    },
  };
}

/** Bytes as a size flag takes them, in the largest unit that is exact: `64M`. */
export function formatSize(bytes: number): string {
  const units = ["", "K", "M", "G", "T"];
  let n = 0;
  while (bytes > 0 && bytes % 1024 === 0 && n < units.length - 1) {
    bytes /= 1024;
    n++;
  }
  return `${bytes}${units[n]}`;
}

/** A flag that is on or off; `undefined` if it is not given. */
export function toggle(help: string): Flag<boolean | undefined> {
  return {
    help,
    fallback: undefined,
    read(text) {
      if (/^(1|t|true)$/i.test(text)) return true;
      if (/^(0|f|false)$/i.test(text)) return false;
      throw new RangeError("it must be true or false");
    },
  };
}

/** What a command line says. */
export interface CommandLine<F extends Flags> {
  /** The flags, given or not. */
  values: Values<F>;
  /** The names of the flags that are given. */
  given: string[];
  /** What is not a flag. */
  operands: string[];
}

/**
 * Reads a command line; of a flag that is given twice the last counts.
 *
 * @throws {UsageError} that names the flag and says what to write.
 */
export function readFlags<F extends Flags>(
  flags: F,
  argv: readonly string[],
): CommandLine<F> {
  const { tokens } = parseArgs({
    args: argv.map((arg) => arg.replace(/^-(?=[a-z])/i, "--")),
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { placeholder }]) => [
        name,
        { type: placeholder === undefined ? "boolean" : "string" } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, unknown> = {};
  for (const [name, { fallback }] of Object.entries(flags)) {
    values[name] = fallback;
  }
  const given: string[] = [];
  const operands: string[] = [];
  for (const token of tokens ?? []) {
    if (token.kind === "positional") operands.push(token.value);
    if (token.kind !== "option") continue;
    const { name, value } = token;
    if (!Object.hasOwn(flags, name)) throw unknownFlag(name, flags);
    const flag = flags[name];
    given.push(name);
    if (flag.placeholder !== undefined && value === undefined) {
      throw new UsageError(
        `-${name} needs a value: -${name} ${flag.placeholder}`,
      );
    }
    try {
      values[name] = flag.read(value ?? "true");
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new UsageError(`-${name} ${value}: ${error.message}`);
    }
  }
  return { values: values as Values<F>, given, operands };
}

/** The lines of a help text that tell the flags. */
export function describeFlags(flags: Flags): string {
  return Object.entries(flags).map(([name, flag]) => {
    const value = flag.placeholder === undefined ? "" : ` ${flag.placeholder}`;
    const standard = flag.standard === undefined ? "" : ` (${flag.standard})`;
    return `  -${name}${value}\n        ${flag.help}${standard}\n`;
  }).join("");
}

/** `a`, `a or b`, `a, b or c` */
export function listed(words: readonly string[]): string {
  return words.length < 2
    ? words.join("")
    : `${words.slice(0, -1).join(", ")} or ${words[words.length - 1]}`;
}

function unknownFlag(name: string, flags: Flags): UsageError {
  const near = nearest(name, Object.keys(flags));
  const hint = near === undefined ? "" : `; did you mean -${near}?`;
  return new UsageError(`there is no flag -${name}${hint} (-help lists all)`);
}
