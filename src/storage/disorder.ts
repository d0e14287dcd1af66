/**
 * Keys that are not in the order that look-ups go by, that of their bytes.
 *
 * A program can give Berkeley DB and LMDB a comparison function of its own, and
 * nothing in the file tells of it. Such a file is whole, and a walk gives all of
 * it; but a look-up would miss keys that are there.
 *
 * @module
 */

import { DataFileError, type Fault } from "./storage.ts";

/** What to do about it. */
const REMEDY = "`goromdb build` makes a file of it that can be served";

/** So many keys out of order are more likely damage than an order. */
const FEW = 2;

/** The longest part of a key that is told, in bytes. */
const SHOWN = 32;

/** A key, as `bytes[start, end)`. */
export interface KeyBytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * The error for a file that has keys out of order.
 *
 * @param place where, in the format's words.
 */
export function disorderError(
  path: string,
  place: string,
  before: KeyBytes,
  after: KeyBytes,
): DataFileError {
  const pair = told(before, after);
  return new DataFileError(
    path,
    `its keys are not in the order of their bytes: ${place} has ${pair}, as a comparison function of its own may want it; ${REMEDY}`,
  );
}

/** Collects what a check finds out of order. */
export class Disorders {
  readonly #faults: Fault[] = [];
  #count = 0;

  /** Notes two keys of which the latter is less. */
  add(place: string, before: KeyBytes, after: KeyBytes): void {
    this.#count++;
    if (this.#faults.length > FEW) return;
    const problem = `has ${
      told(before, after)
    }, not in the order of their bytes`;
    this.#faults.push({ place, problem });
  }

  /**
   * What is wrong.
   *
   * @param sound nothing else is: then it is an order of its own, not damage.
   */
  *faults(sound: boolean): Iterable<Fault> {
    const [first] = this.#faults;
    if (first === undefined) return;
    if (!sound || this.#count <= FEW) {
      yield* this.#faults;
      return;
    }
    yield {
      place: "order",
      problem:
        `its keys are not in the order of their bytes, and else it is sound: ${first.place} ${first.problem}, and so have ${
          this.#count - 1
        } more: a comparison function of its own made it; ${REMEDY}`,
    };
  }
}

function told(before: KeyBytes, after: KeyBytes): string {
  return `${shown(before)} before ${shown(after)}`;
}

/** A key as text, or in hexadecimal digits. */
function shown({ bytes, start, end }: KeyBytes): string {
  const part = bytes.subarray(start, Math.min(end, start + SHOWN));
  const more = end - start > SHOWN ? "…" : "";
  const isText = part.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText
    ? JSON.stringify(new TextDecoder().decode(part)) + more
    : `0x${part.toHex()}${more}`;
}
