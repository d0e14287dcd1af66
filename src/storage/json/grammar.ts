/**
 * The grammar of JSON (RFC 8259) over bytes in a window that may end anywhere.
 *
 * Each function begins at an offset and answers with the offset behind what it
 * read, or with {@linkcode MORE} when the window ended first.
 *
 * @module
 */

/** The window ended in the middle: call again with more bytes in it. */
export const MORE = -1;

/** Nesting deeper than this is refused, as in other parsers. */
const MAX_DEPTH = 10_000;

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;
const MINUS = 0x2d, PLUS = 0x2b, DOT = 0x2e, ZERO = 0x30, NINE = 0x39;

const LITERALS = ["true", "false", "null"].map((word) =>
  new TextEncoder().encode(word)
);

/** The text is not JSON. */
export class JsonSyntaxError extends Error {
  /** Stable: `JsonSyntaxError`. */
  override readonly name = "JsonSyntaxError";

  /**
   * @param at the offset in the window of the first byte that is wrong.
   * @param problem what is wrong with it.
   */
  constructor(readonly at: number, readonly problem: string) {
    super(problem);
  }
}

/** A stretch of text with one position in it. */
export class Window {
  /** The text is in `bytes[0, end)`. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024);
  /** Behind the last byte of text. */
  end = 0;
  /** Whether no text follows. */
  last = false;

  /** Puts more text behind what is there. */
  append(text: Uint8Array): void {
    const needed = this.end + text.length;
    if (needed > this.bytes.length) {
      const length = Math.max(needed, 2 * this.bytes.length);
      this.bytes = new Uint8Array(this.bytes.buffer.transfer(length));
    }
    this.bytes.set(text, this.end);
    this.end = needed;
  }

  /** Skips white space. */
  space(at: number): number {
    const { bytes, end } = this;
    while (at < end) {
      const byte = bytes[at];
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) {
        return at;
      }
      at++;
    }
    return MORE;
  }

  /** Reads one byte that must be there. */
  expect(at: number, byte: number, where: string): number {
    at = this.space(at);
    if (at === MORE) return MORE;
    if (this.bytes[at] !== byte) {
      this.fail(at, `expected '${String.fromCharCode(byte)}' ${where}`);
    }
    return at + 1;
  }

  /** Reads a string; `at` is its opening quote. */
  string(at: number): number {
    const { bytes, end } = this;
    at++;
    while (at < end) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) {
        at = this.#escape(at);
        if (at === MORE) return MORE;
      } else if (byte < 0x20) {
        this.fail(at, "a control character in a string must be escaped");
      } else if (byte < 0x80) at++;
      else {
        at = this.#utf8(at);
        if (at === MORE) return MORE;
      }
    }
    return MORE;
  }

  /** Reads any value, however deep. */
  value(at: number): number {
    const { bytes } = this;
    const closers: number[] = [];
    for (;;) {
      at = this.space(at);
      if (at === MORE) return MORE;
      const byte = bytes[at];
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
        const closer = byte === OPEN_BRACE ? CLOSE_BRACE : CLOSE_BRACKET;
        at = this.space(at + 1);
        if (at === MORE) return MORE;
        if (bytes[at] !== closer) {
          closers.push(closer);
          if (closers.length > MAX_DEPTH) {
            this.fail(at, `nested deeper than ${MAX_DEPTH} levels`);
          }
          if (closer === CLOSE_BRACE) at = this.name(at);
          if (at === MORE) return MORE;
          continue;
        }
        at++;
      } else if (byte === QUOTE) at = this.string(at);
      else if (byte === MINUS || byte >= ZERO && byte <= NINE) {
        at = this.#number(at);
      } else at = this.#literal(at);

      // A value has ended: close what it ends, and go on behind a comma.
      for (;;) {
        if (at === MORE) return MORE;
        if (closers.length === 0) return at;
        at = this.space(at);
        if (at === MORE) return MORE;
        const closer = closers[closers.length - 1];
        if (bytes[at] === COMMA) {
          at++;
          if (closer === CLOSE_BRACE) at = this.name(at);
          if (at === MORE) return MORE;
          break;
        }
        if (bytes[at] !== closer) {
          this.fail(at, `expected ',' or '${String.fromCharCode(closer)}'`);
        }
        closers.pop();
        at++;
      }
    }
  }

  /** Reads a member's name and the colon behind it. */
  name(at: number): number {
    at = this.space(at);
    if (at === MORE) return MORE;
    if (this.bytes[at] !== QUOTE) this.fail(at, "expected a key in quotes");
    at = this.string(at);
    return at === MORE ? MORE : this.expect(at, COLON, "behind the key");
  }

  /** Refuses the byte at `at`. */
  fail(at: number, problem: string): never {
    const byte = this.bytes[at];
    const found = byte > 0x20 && byte < 0x7f
      ? `'${String.fromCharCode(byte)}'`
      : `the byte 0x${byte.toString(16).padStart(2, "0")}`;
    throw new JsonSyntaxError(at, `${problem}, found ${found}`);
  }

  #escape(at: number): number {
    const { bytes, end } = this;
    if (at + 1 >= end) return MORE;
    switch (bytes[at + 1]) {
      case 0x22: // "
      case 0x5c: // \
      case 0x2f: // /
      case 0x62: // b
      case 0x66: // f
      case 0x6e: // n
      case 0x72: // r
      case 0x74: // t
        return at + 2;
      case 0x75: // u
        for (let i = at + 2; i < at + 6; i++) {
          if (i >= end) return MORE;
          const byte = bytes[i] | 0x20;
          if (
            !(bytes[i] >= ZERO && bytes[i] <= NINE || byte >= 97 && byte <= 102)
          ) this.fail(i, "\\u needs four hexadecimal digits");
        }
        return at + 6;
    }
    return this.fail(at + 1, "an unknown escape sequence");
  }

  /** One character of UTF-8 beyond ASCII: RFC 3629, section 4. */
  #utf8(at: number): number {
    const { bytes, end } = this;
    const lead = bytes[at];
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    let low = 0x80, high = 0xbf;
    if (lead < 0xc2 || lead > 0xf4) this.fail(at, "not UTF-8");
    if (lead === 0xe0) low = 0xa0;
    else if (lead === 0xed) high = 0x9f;
    else if (lead === 0xf0) low = 0x90;
    else if (lead === 0xf4) high = 0x8f;
    for (let i = at + 1; i < at + length; i++) {
      if (i >= end) return MORE;
      if (bytes[i] < low || bytes[i] > high) this.fail(i, "not UTF-8");
      low = 0x80, high = 0xbf;
    }
    return at + length;
  }

  #number(at: number): number {
    const { bytes, end } = this;
    if (bytes[at] === MINUS) at++;
    if (at < end && bytes[at] === ZERO) at++;
    else at = this.#digits(at);
    if (at !== MORE && at < end && bytes[at] === DOT) at = this.#digits(at + 1);
    if (at !== MORE && at < end && (bytes[at] | 0x20) === 0x65) {
      at++;
      if (at < end && (bytes[at] === PLUS || bytes[at] === MINUS)) at++;
      at = this.#digits(at);
    }
    // A number ends where something else begins.
    return at !== MORE && at < end ? at : MORE;
  }

  #digits(at: number): number {
    const { bytes, end } = this;
    const first = at;
    while (at < end && bytes[at] >= ZERO && bytes[at] <= NINE) at++;
    if (at === end) return MORE;
    if (at === first) this.fail(at, "expected a digit");
    return at;
  }

  #literal(at: number): number {
    const { bytes, end } = this;
    const word = LITERALS.find((word) => word[0] === bytes[at]);
    if (word === undefined) return this.fail(at, "expected a value");
    for (let i = 0; i < word.length; i++) {
      if (at + i >= end) return MORE;
      if (bytes[at + i] !== word[i]) {
        this.fail(at + i, `expected '${new TextDecoder().decode(word)}'`);
      }
    }
    return at + word.length;
  }
}
