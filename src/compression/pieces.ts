/**
 * Bytes that come piece by piece, from a file, a pipe or a decompressor: as many
 * as there are, and never all in memory.
 *
 * @module
 */

/** The pieces of an input, each valid until the next is asked for. */
export type Pieces = AsyncIterable<Uint8Array>;

/**
 * Reads ahead.
 *
 * @param count so many bytes at least; fewer if there are no more.
 * @returns a copy of the first bytes, and the pieces from the first on.
 */
export async function readAhead(
  pieces: Pieces,
  count: number,
): Promise<{ head: Uint8Array; pieces: Pieces }> {
  const iterator = pieces[Symbol.asyncIterator]();
  let head = new Uint8Array(0);
  while (head.length < count) {
    const next = await iterator.next();
    if (next.done) break;
    head = joined(head, next.value);
  }
  const all = async function* (): Pieces {
    try {
      if (head.length > 0) yield head;
      for (let next; !(next = await iterator.next()).done;) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return { head, pieces: all() };
}

/** Reads pieces where a format's parts may lie across two of them. */
export class PieceReader {
  /** The bytes at hand; what has not been read begins at {@linkcode at}. */
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the next byte to read is. */
  at = 0;
  readonly #pieces: AsyncIterator<Uint8Array>;

  /** Reads nothing yet. */
  constructor(pieces: Pieces) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** How many bytes are at hand. */
  get available(): number {
    return this.bytes.length - this.at;
  }

  /**
   * Sees to it that so many bytes are at hand.
   *
   * @returns false if the input ends before; the rest of it is at hand then.
   */
  async fill(count: number): Promise<boolean> {
    while (this.available < count) {
      const rest = this.bytes.slice(this.at); // the next piece may take its place
      const next = await this.#pieces.next();
      this.at = 0;
      if (next.done) {
        this.bytes = rest;
        return false;
      }
      this.bytes = rest.length === 0 ? next.value : joined(rest, next.value);
    }
    return true;
  }

  /** Lets go of the input, wherever it is read. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}

function joined(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
