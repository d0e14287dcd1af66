/**
 * The line of a meta command, taken apart in place.
 *
 * ```text
 * mg <key> <flag>*\r\n
 *          a flag is a letter, with a token of its own right behind it: O12
 * ```
 *
 * @module
 */

const SPACE = 0x20, NUL = 0x00;

/** memcached looks at no more words of a line than these. */
const MOST_WORDS = 23;

/** Where the words of a line are; one object for all lines. */
export class MetaLine {
  /** What the words are in. */
  bytes: Uint8Array = new Uint8Array(0);
  /** How many words there are. */
  count = 0;
  readonly #starts = new Int32Array(MOST_WORDS);
  readonly #ends = new Int32Array(MOST_WORDS);

  /** Finds the words of `bytes[start, end)`; a NUL ends the line. */
  split(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.count = 0;
    for (let at = start; at < end && this.count < MOST_WORDS; at++) {
      const word = at;
      while (at < end && bytes[at] !== SPACE && bytes[at] !== NUL) at++;
      if (at > word) {
        this.#starts[this.count] = word;
        this.#ends[this.count++] = at;
      }
      if (at < end && bytes[at] === NUL) return;
    }
  }

  /** Where a word begins. */
  start(word: number): number {
    return this.#starts[word];
  }

  /** Where a word ends. */
  end(word: number): number {
    return this.#ends[word];
  }

  /** How many bytes a word has. */
  length(word: number): number {
    return this.#ends[word] - this.#starts[word];
  }

  /** The letter of a flag: the first byte of the word. */
  letter(word: number): number {
    return this.bytes[this.#starts[word]];
  }

  /** The word as text, without its first `skipped` bytes. */
  text(word: number, skipped = 0): string {
    let text = "";
    for (let at = this.#starts[word] + skipped; at < this.#ends[word]; at++) {
      text += String.fromCharCode(this.bytes[at]);
    }
    return text;
  }
}
