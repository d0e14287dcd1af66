/**
 * Random keys of a table or view that has nothing but the order of its keys.
 *
 * An index leads to a key quickly, but not to the n-th one: that many have to be
 * passed. So marks are noted, with always as many keys between them, a few more
 * with each key that is drawn; and a key is drawn by choosing one of the marks,
 * and passing some of the keys behind it. As soon as the last key is reached,
 * each is as likely as another.
 *
 * Before that, every second key is drawn from those behind the last mark: they
 * are parted again and again, at the bytes in the middle between the least and
 * the greatest, and one of the parts is chosen. Keys that lie close together are
 * less likely then than others.
 *
 * @module
 */

import type { StatementSync } from "node:sqlite";
import { randomBelow } from "../random.ts";
import type { Connection } from "./connection.ts";
import { type Select, stored, type StoredKey } from "./random_key.ts";

/** So many keys are between two marks. */
const STRIDE = 500;

/** So many marks are noted with each key that is drawn. */
const MARKS_A_DRAW = 2;

/** More marks are not kept: those of 32 million keys. */
const MOST_MARKS = 65_536;

/** So often keys are parted. */
const PARTINGS = 64;

/** How a key that was read is put into a statement again. */
const PARAMETERS: Readonly<Record<string, string>> = {
  text: "CAST(? AS TEXT)",
  blob: "?",
  integer: "CAST(CAST(? AS TEXT) AS NUMERIC)",
  real: "CAST(CAST(? AS TEXT) AS NUMERIC)",
};

/** The statements for keys of a type. */
interface Statements {
  /** The key so many places behind the first that is not less. */
  readonly behind: StatementSync;
  /** The greatest that is less. */
  readonly before: StatementSync;
}

/** Draws keys by their places. */
export class RandomPlace {
  readonly #connection: Connection;
  readonly #statements: Readonly<Record<string, Statements>>;
  readonly #greatest: StoredKey;
  readonly #marks: StoredKey[];
  #isComplete = false;

  private constructor(
    connection: Connection,
    statements: Readonly<Record<string, Statements>>,
    least: StoredKey,
    greatest: StoredKey,
  ) {
    this.#connection = connection;
    this.#statements = statements;
    this.#greatest = greatest;
    this.#marks = [least];
  }

  /** Prepares to draw; `undefined` if there are no keys, or no index has them. */
  static prepare(
    connection: Connection,
    key: string,
    select: Select,
  ): RandomPlace | undefined {
    const statements: Record<string, Statements> = {};
    for (const [type, parameter] of Object.entries(PARAMETERS)) {
      const behind = select(
        `${key} >= ${parameter} ORDER BY ${key} LIMIT 1 OFFSET ?`,
      );
      const before = select(
        `${key} < ${parameter} ORDER BY ${key} DESC LIMIT 1`,
      );
      if (behind === undefined || before === undefined) return undefined;
      statements[type] = { behind, before };
    }
    const all = `${key} IS NOT NULL ORDER BY ${key}`;
    const first = select(`${all} LIMIT 1`);
    const last = select(`${all} DESC LIMIT 1`);
    const least = first && stored(connection.first(first));
    const greatest = last && stored(connection.first(last));
    if (least === undefined || greatest === undefined) return undefined;
    return new RandomPlace(connection, statements, least, greatest);
  }

  /** A random key. */
  draw(): StoredKey {
    const marks = this.#marks;
    for (let n = 0; n < MARKS_A_DRAW && !this.#isComplete; n++) {
      if (marks.length === MOST_MARKS) break;
      const next = this.#behind(marks[marks.length - 1], STRIDE);
      if (next === undefined) this.#isComplete = true;
      else marks.push(next);
    }
    const last = marks.length - 1;
    if (!this.#isComplete && Math.random() < 0.5) {
      return this.#part(marks[last]);
    }
    // Behind the last mark there may be less than between two others.
    for (;;) {
      const mark = marks[randomBelow(marks.length)];
      const found = this.#behind(mark, randomBelow(STRIDE));
      if (found !== undefined) return found;
    }
  }

  #behind({ bytes, type }: StoredKey, places: number): StoredKey | undefined {
    const { behind } = this.#statements[type];
    return stored(this.#connection.first(behind, bytes, places));
  }

  /** One of the keys from that on. */
  #part(from: StoredKey): StoredKey {
    let high = this.#greatest;
    const { type } = high;
    let low = from.type === type
      ? from
      : this.#behind({ bytes: new Uint8Array(0), type }, 0) ?? high;
    const { before } = this.#statements[type];
    for (let n = 0; n < PARTINGS; n++) {
      const middle = middleOf(low.bytes, high.bytes);
      if (middle === undefined) break;
      if (Math.random() < 0.5) low = this.#behind({ bytes: middle, type }, 0)!;
      else high = stored(this.#connection.first(before, middle))!;
      if (low?.type !== type || high?.type !== type) break;
    }
    return low ?? high ?? from;
  }
}

/**
 * The bytes in the middle between two keys, greater than the lesser one and not
 * greater than the other; `undefined` if there are none.
 */
function middleOf(low: Uint8Array, high: Uint8Array): Uint8Array | undefined {
  const length = Math.max(low.length, high.length);
  const middle: number[] = [];
  let carry = 0;
  for (let at = 0; at < length; at++) {
    const sum = carry + (low[at] ?? 0) + (high[at] ?? 0);
    carry = sum & 1 ? 256 : 0;
    middle.push(sum >>> 1);
    // The sum of two bytes may have one bit more than a byte.
    for (let n = at; middle[n] > 255; n--) {
      middle[n] -= 256;
      middle[n - 1]++;
    }
  }
  const found = Uint8Array.from(middle);
  if (compare(found, low) > 0) return found;
  return compare(low, high) < 0 ? high : undefined;
}

function compare(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < a.length && at < b.length; at++) {
    if (a[at] !== b[at]) return a[at] - b[at];
  }
  return a.length - b.length;
}
