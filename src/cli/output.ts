/**
 * Standard output for bytes, a large piece at a time.
 *
 * @module
 */

const PIECE = 64 * 1024;

/** Collects bytes, and writes them when there are many. */
export class Output {
  #pending = new Uint8Array(PIECE);
  #length = 0;

  /** Adds bytes; they are copied. */
  add(bytes: Uint8Array): void {
    while (this.#length + bytes.length > this.#pending.length) {
      const larger = new Uint8Array(2 * this.#pending.length);
      larger.set(this.#pending.subarray(0, this.#length));
      this.#pending = larger;
    }
    this.#pending.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Whether it is time to {@linkcode flush}. */
  get full(): boolean {
    return this.#length >= PIECE;
  }

  /**
   * Writes what has been added.
   *
   * @throws {Deno.errors.BrokenPipe} if nobody reads it any more.
   */
  async flush(): Promise<void> {
    const { writable } = Deno.stdout;
    const writer = writable.getWriter();
    try {
      await writer.write(this.#pending.slice(0, this.#length));
    } finally {
      writer.releaseLock();
    }
    this.#length = 0;
  }
}
