/**
 * The keys of a batch, packed into a few arrays: ten thousand objects would take
 * much more memory than what the client has sent.
 *
 * @module
 */

import { free } from "../../free.ts";
import type { LookupKey } from "../lookup.ts";

/** Numbers kept for each key. */
const WIDTH = 8;

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
  /** How many keys there are. */
  count = 0;
  /** The first key with a namespace; -1: there is none. */
  firstNamespaced = -1;
  /** What holds the parts: those of one key are in one block. */
  #blocks: Uint8Array<ArrayBuffer>[] = [];
  #numbers = new Int32Array(16 * WIDTH);
  #at = 0;
  /** How much memory the blocks take, in bytes. */
  #blocksSize = 0;

  /** Adds a key whose parts are in a block. */
  add(
    block: Uint8Array<ArrayBuffer>,
    namespace: BatchPart | undefined,
    key: BatchPart,
  ): void {
    if (block !== this.#blocks.at(-1)) {
      this.#blocks.push(block);
      this.#blocksSize += block.length;
    }
    const at = this.count * WIDTH;
    if (at === this.#numbers.length) {
      const numbers = new Int32Array(2 * at);
      numbers.set(this.#numbers);
      free(this.#numbers);
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
    numbers[at + 7] = this.#blocks.length - 1;
    this.count++;
  }

  /** How much memory they take, in bytes. */
  get size(): number {
    return this.#numbers.byteLength + this.#blocksSize;
  }

  /** Forgets all. */
  clear(): void {
    this.count = this.#blocksSize = 0;
    this.firstNamespaced = -1;
    this.#blocks = [];
  }

  /** Frees their memory; they are no more. */
  free(): void {
    for (const block of this.#blocks) free(block);
    free(this.#numbers);
    this.clear();
  }

  /** Chooses a key. */
  choose(n: number): void {
    this.#at = n * WIDTH;
  }

  /** Holds the parts of the chosen key; see {@linkcode LookupKey.bytes}. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#blocks[this.#numbers[this.#at + 7]];
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
