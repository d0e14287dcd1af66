/**
 * Numbers as text, and back. A number in a file is served as the text that SQLite
 * prints of it, and a key that is a number is found by that text alone.
 *
 * Versions of SQLite differ in how many digits of a REAL they print: up to 3.52 the
 * 15 that always mean something, later the 17 that tell every number from others.
 * Here it is 15 digits where these are exact, and else the fewest that are.
 *
 * @module
 */

const DIGITS = 15;

/** SQLite prints a number that takes more digits by so many at most. */
const MOST_DIGITS = 17;

/** The least exponent that is written without one. */
const LEAST_EXPONENT = -4;

const MOST_INTEGER = 2n ** 63n - 1n;
const LEAST_INTEGER = -(2n ** 63n);

/** A number as a key: what to look for, and of which type. */
export interface NumberKey {
  /** The number. */
  readonly number: bigint | number;
  /** The type, in SQLite's words. */
  readonly type: "integer" | "real";
}

/**
 * The text of a REAL.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { realText } from "./number_text.ts";
 *
 * assertEquals(realText(2), "2.0");
 * assertEquals(realText(0.1 + 0.2), "0.30000000000000004");
 * assertEquals(realText(1e-7), "1.0e-07");
 * ```
 */
export function realText(real: number): string {
  if (!Number.isFinite(real)) return real > 0 ? "Inf" : "-Inf";
  if (real === 0) return "0.0";
  const short = real.toExponential(DIGITS - 1);
  const isExact = Number(short) === real;
  const [mantissa, power] = (isExact ? short : real.toExponential()).split("e");
  const sign = real < 0 ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "").replace(/0+$/, "");
  const exponent = Number(power);
  if (
    exponent < LEAST_EXPONENT || exponent >= (isExact ? DIGITS : MOST_DIGITS)
  ) {
    const size = String(Math.abs(exponent)).padStart(2, "0");
    return `${sign}${digits[0]}.${digits.slice(1) || "0"}e${
      exponent < 0 ? "-" : "+"
    }${size}`;
  }
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${sign}${whole}.${digits.slice(exponent + 1) || "0"}`;
}

/** The number whose text these bytes are, if there is one. */
export function numberOf(bytes: Uint8Array): NumberKey | undefined {
  // The longest there are: -1.2345678901234567e-300.
  if (bytes.length === 0 || bytes.length > 24) return undefined;
  const text = String.fromCharCode(...bytes);
  if (/^(0|-?[1-9][0-9]*)$/.test(text)) {
    const number = BigInt(text);
    return number >= LEAST_INTEGER && number <= MOST_INTEGER
      ? { number, type: "integer" }
      : undefined;
  }
  if (text === "Inf") return { number: Infinity, type: "real" };
  if (text === "-Inf") return { number: -Infinity, type: "real" };
  if (!/^-?[0-9]+\.[0-9]+(e[-+][0-9]+)?$/.test(text)) return undefined;
  const number = Number(text);
  return realText(number) === text ? { number, type: "real" } : undefined;
}
