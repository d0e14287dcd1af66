/** Sequences of requests. */

import type { Random } from "./random.ts";
import { HUGE, LARGE } from "./records.ts";

/** One request, or a few that belong together; a character a byte. */
export interface Step {
  bytes: string;
  /** How many writes GOROMDB refuses in it, aloud. */
  refused: number;
  /** The connection is closed by it: what follows is not answered. */
  closes?: true;
  /** Only the servers can tell whether it is well formed. */
  unsure?: true;
  /** It was made by {@linkcode garble}. */
  garbled?: true;
}

/** What is sent on one connection. */
export interface Sequence {
  protocol: "text" | "binary";
  steps: Step[];
  /** Where the bytes are parted: they are sent in pieces. */
  cuts: number[];
}

/** Makes memcached send what it has queued, before it may forget it. */
export const FLUSH = "mn\r\n";

/** Where a longer line that is no get is given up depends on the pieces. */
export const LONG_LINE = 2000;

/** A step of reads. */
export function read(bytes: string): Step {
  return { bytes, refused: 0 };
}

/** A step that is one refused write. */
export function refused(bytes: string): Step {
  return { bytes, refused: 1 };
}

/** A step after which the connection is closed. */
export function closing(bytes: string): Step {
  return { bytes, refused: 0, closes: true };
}

/** Joins steps, and chooses where to cut. */
export function sequence(
  protocol: "text" | "binary",
  steps: Step[],
  random: Random,
): Sequence {
  const { length } = bytesOf(steps);
  const cuts = random.pick([0, 0, 1, 2, 5]);
  return {
    protocol,
    steps,
    cuts: random.some(cuts, cuts, () => 1 + random.below(length))
      .sort((a, b) => a - b),
  };
}

/** A server that closes with something unread may cut a long answer short. */
export function withoutLong(steps: readonly Step[]): Step[] {
  const keys = [HUGE.key, LARGE.key, btoa(LARGE.key)];
  return steps.filter(({ bytes }) => !keys.some((key) => bytes.includes(key)));
}

/** All that the steps send. */
export function bytesOf(steps: readonly Step[]): string {
  return steps.map(({ bytes }) => bytes).join("");
}

/**
 * A text step with one or two characters changed, taken away, or put in.
 */
export function garble(step: Step, random: Random): Step {
  let { bytes } = step;
  for (const _ of random.some(1, 2, () => 0)) {
    const at = random.below(bytes.length);
    // No letter here makes a read a write, nor a digit a block of megabytes.
    const inserted = random.pick([..." \0\t\rQz9O\xff@"]);
    const kept = random.below(3);
    if (kept === 0) bytes = bytes.slice(0, at) + bytes.slice(at + 1);
    else bytes = bytes.slice(0, at) + inserted + bytes.slice(at + kept - 1);
  }
  // The next line must not become a part of this one.
  if (!bytes.endsWith("\n")) bytes += "\n";
  return { ...step, bytes: FLUSH + bytes, unsure: true, garbled: true };
}

/**
 * A garbled data block may swallow what comes behind it, or a part of that:
 * nothing must be there that needs its flush, or its first word.
 */
export function tamed(steps: readonly Step[]): Step[] {
  if (!steps.some(({ garbled }) => garbled)) return [...steps];
  const small = withoutLong(steps);
  const first = small.findIndex(({ garbled }) => garbled);
  return small.filter(({ bytes }, i) =>
    i <= first || bytes.length < LONG_LINE && !bytes.startsWith(FLUSH) &&
      !bytes.includes("HTTP/")
  );
}
