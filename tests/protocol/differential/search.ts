/** Looks for sequences to which two servers answer differently. */

import { SEED } from "../../figures.ts";

/** What is sent over one connection. */
export interface Sent<S> {
  steps: S[];
  /** Where the bytes are parted: they are sent in pieces. */
  cuts: number[];
}

/** How to look. */
export interface Search<T> {
  /** Makes the sequence of a seed. */
  generate(seed: number): T;
  /** How the servers' answers differ, if they do. */
  difference(sequence: T): Promise<string | undefined>;
  /** The sequence as a person can read it. */
  show(sequence: T): string;
}

/** So many conversations at a time. */
const AT_A_TIME = 24;

/** So many differences are enough to begin with. */
const MOST_SHOWN = 5;

/** How many sequences are compared, and where they begin. */
export const SEQUENCES = Number(
  Deno.env.get("GOROMDB_DIFFERENTIAL") ?? 20_000,
);

/** The sequences of one seed are others than those of the next. */
const FIRST = (SEED - 1) * 1_000_000 + 1;

/** Compares so many sequences; the differences are in their shortest form. */
export async function search<S, T extends Sent<S>>(
  count: number,
  { generate, difference, show }: Search<T>,
): Promise<string[]> {
  const shown: string[] = [];
  let next = FIRST;
  const compareSome = async () => {
    while (next < FIRST + count && shown.length < MOST_SHOWN) {
      const seed = next++;
      const sequence = generate(seed);
      const first = await difference(sequence);
      if (first === undefined) continue;
      const differs = async (s: T) => await difference(s) !== undefined;
      const smallest = await shrink<S, T>(sequence, differs);
      const found = await difference(smallest) ?? `${first} (not each time)`;
      shown.push(`seed ${seed}: ${show(smallest)}\n  theirs: ${found}`);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, compareSome));
  return shown;
}

/** The shortest sequence that still differs: steps are left out one by one. */
async function shrink<S, T extends Sent<S>>(
  sequence: T,
  differs: (sequence: T) => Promise<boolean>,
): Promise<T> {
  let smallest = sequence;
  const whole = { ...sequence, cuts: [] };
  if (await differs(whole)) smallest = whole;
  for (let n = smallest.steps.length - 1; n >= 0; n--) {
    const steps = smallest.steps.toSpliced(n, 1);
    if (steps.length === 0) break;
    const shorter = { ...smallest, steps };
    if (await differs(shorter)) smallest = shorter;
  }
  return smallest;
}
