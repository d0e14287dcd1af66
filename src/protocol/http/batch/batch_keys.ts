/**
 * The keys of a batch, packed into two arrays: ten thousand objects would take
 * much more memory than what the client has sent.
 *
 * @module
 */

import type { LookupKey } from "../lookup.ts";

/** Numbers kept for each key. */
const WIDTH = 7;

/** A namespace or a key: its bytes, and how it was sent. */
export interface BatchPart {
  /** Where the bytes begin. */
  readonly start: number;
  /** Where they end. */
  readonly end: number;
  /** Where the base64 text begins; -1: it was sent as it is. */
  readonly base64: number;
}

/**
 * The keys, one of which is the chosen one at a time: then this is that key.
 */
export class BatchKeys implements LookupKey {
  /** Holds all parts. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  /** How many keys there are. */
  count = 0;
  /** The first key with a namespace; -1: there is none. */
  firstNamespaced = -1;
  #numbers = new Int32Array(16 * WIDTH);
  #at = 0;

  /** Adds a key. */
  add(namespace: BatchPart | undefined, key: BatchPart): void {
    const at = this.count * WIDTH;
    if (at === this.#numbers.length) {
      const numbers = new Int32Array(2 * at);
      numbers.set(this.#numbers);
      this.#numbers = numbers;
    }
    const numbers = this.#numbers;
    numbers[at] = namespace === undefined ? 0 : 1;
    if (namespace !== undefined) {
      if (this.firstNamespaced < 0) this.firstNamespaced = this.count;
      numbers[at + 1] = namespace.start;
      numbers[at + 2] = namespace.end;
      numbers[at + 3] = namespace.base64;
    }
    numbers[at + 4] = key.start;
    numbers[at + 5] = key.end;
    numbers[at + 6] = key.base64;
    this.count++;
  }

  /** How much memory they take, in bytes, but for {@linkcode bytes}. */
  get size(): number {
    return this.#numbers.byteLength;
  }

  /** Forgets all. */
  clear(): void {
    this.count = 0;
    this.firstNamespaced = -1;
  }

  /** Chooses a key. */
  choose(n: number): void {
    this.#at = n * WIDTH;
  }

  /** See {@linkcode LookupKey.namespaced}. */
  get namespaced(): boolean {
    return this.#numbers[this.#at] === 1;
  }

  /** See {@linkcode LookupKey.namespaceStart}. */
  get namespaceStart(): number {
    return this.#numbers[this.#at + 1];
  }

  /** See {@linkcode LookupKey.namespaceEnd}. */
  get namespaceEnd(): number {
    return this.#numbers[this.#at + 2];
  }

  /** Where the base64 text of the namespace begins; -1: it was sent as it is. */
  get namespaceBase64(): number {
    return this.#numbers[this.#at + 3];
  }

  /** See {@linkcode LookupKey.start}. */
  get start(): number {
    return this.#numbers[this.#at + 4];
  }

  /** See {@linkcode LookupKey.end}. */
  get end(): number {
    return this.#numbers[this.#at + 5];
  }

  /** Where the base64 text of the key begins; -1: it was sent as it is. */
  get keyBase64(): number {
    return this.#numbers[this.#at + 6];
  }
}
