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

/** So many keys out of order, and no more, are told one by one. */
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
 * The error for a file whose keys are not in order.
 *
 * @param place where two are that are not, in the format's words.
 */
export function disorderError(
  path: string,
  place: string,
  before: KeyBytes,
  after: KeyBytes,
): DataFileError {
  return new DataFileError(path, whatToDo(told(place, before, after)));
}

/** Collects what a check finds out of order. */
export class Disorders {
  readonly #faults: Fault[] = [];
  #first = "";
  #count = 0;

  /** Notes two keys, of which the one behind is less. */
  add(fault: Fault, before: KeyBytes, after: KeyBytes): void {
    if (this.#count++ === 0) this.#first = told(fault.place, before, after);
    if (this.#count <= FEW) this.#faults.push(fault);
  }

  /**
   * What is wrong. Where nothing else is, many keys out of order are an order of
   * their own, and no damage.
   *
   * @param sound nothing else is.
   */
  *faults(sound: boolean): Iterable<Fault> {
    if (sound && this.#count > FEW) {
      const more = `, and ${this.#count - 1} more`;
      yield { place: "order", problem: whatToDo(this.#first + more) };
    } else yield* this.#faults;
  }
}

function whatToDo(example: string): string {
  return `its keys are not in the order of their bytes: ${example}, as a comparison function of its own may want it; \`goromdb build\` makes one that can be served`;
}

function told(place: string, before: KeyBytes, after: KeyBytes): string {
  return `${place} has ${shown(before)} before ${shown(after)}`;
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}

/** A key as text, or in hexadecimal digits. */
function shown({ bytes, start, end }: KeyBytes): string {
  const part = bytes.subarray(start, Math.min(end, start + SHOWN));
  const more = end - start > SHOWN ? "…" : "";
  const isText = part.every((byte) => byte >= 0x20 && byte < 0x7f);
  return isText
    ? JSON.stringify(new TextDecoder().decode(part)) + more
    : `0x${hex(part)}${more}`;
}
