/**
 * Takes the records of all inputs and hands them to the sorter, each with its
 * namespace before it.
 *
 * @module
 */

import { namespaceError } from "./error.ts";
import type { InputSink } from "./input_sink.ts";
import { encodeNamespace } from "./sort/namespace.ts";
import type { Sorter } from "./sort/sorter.ts";

/** Collects records. */
export class Collector implements InputSink {
  readonly #sorter: Sorter;
  readonly #joint: string | undefined;
  readonly #jointBytes: Uint8Array;
  /** How many records were left out, by the reason. */
  readonly leftOut: Map<string, number> = new Map();
  #namespace: Uint8Array | undefined;

  /**
   * Collects for a sorter.
   *
   * @param joint what parts namespace and key where both become one key.
   */
  constructor(sorter: Sorter, joint: string | undefined) {
    this.#sorter = sorter;
    this.#joint = joint;
    this.#jointBytes = new TextEncoder().encode(joint);
  }

  /** The records that follow are of this namespace. */
  begin(namespace: Uint8Array): void {
    if (this.#namespace !== undefined && isEqual(namespace, this.#namespace)) {
      return;
    }
    this.#namespace = namespace.slice();
    if (this.#joint === undefined) {
      const prefix = encodeNamespace(namespace);
      this.#sorter.begin(prefix, prefix.length);
      return;
    }
    const [separator] = this.#jointBytes;
    if (separator !== undefined && namespace.includes(separator)) {
      throw namespaceError(
        namespace,
        `it contains ${
          JSON.stringify(this.#joint)
        }, which parts namespace and key; choose another -ns-separator`,
      );
    }
    const prefix = new Uint8Array(namespace.length + this.#jointBytes.length);
    prefix.set(namespace);
    prefix.set(this.#jointBytes, namespace.length);
    this.#sorter.begin(prefix, 0);
  }

  /** Counts records; see {@linkcode InputSink.leaveOut}. */
  leaveOut(why: string, count: number): void {
    this.leftOut.set(why, (this.leftOut.get(why) ?? 0) + count);
  }

  /** A record; see {@linkcode Sorter.add}. */
  add(
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.#sorter.add(
      keyBytes,
      keyStart,
      keyEnd,
      valueBytes,
      valueStart,
      valueEnd,
    );
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
