/**
 * JSON taken apart as it comes, in pieces that may end anywhere (RFC 8259). What
 * is told of it are tokens; only strings are kept, one behind the other, with
 * their escapes resolved.
 *
 * They are kept in blocks. When one is full, what is still needed goes on in
 * another, so that a long text is never copied as a whole.
 *
 * @module
 */

/** A part of a text. */
export enum Token {
  /** `{` */
  ObjectStart,
  /** `}` */
  ObjectEnd,
  /** `[` */
  ArrayStart,
  /** `]` */
  ArrayEnd,
  /** The name of a member. */
  Name,
  /** A string. */
  String,
  /** A number, `true`, `false` or `null`. */
  Other,
}

/** What is wrong with a text. */
export enum JsonFault {
  /** It is not JSON. */
  Syntax,
  /** A string in it is not UTF-8, or has half a surrogate pair. */
  Encoding,
  /** It is nested too deep. */
  Depth,
  /** A string in it is too long. */
  Length,
}

/** What comes next. */
enum State {
  Value,
  /** The first element of an array, or its end. */
  FirstElement,
  /** The first member of an object, or its end. */
  FirstName,
  NextName,
  Colon,
  /** A comma, or the end of what the value is in. */
  AfterValue,
  Text,
  Escape,
  /** A hexadecimal digit of `\uXXXX`. */
  Hex,
  /** The backslash of the second half of a pair. */
  LowEscape,
  LowU,
  /** A further byte of a character. */
  Continuation,
  Literal,
  Minus,
  Zero,
  Integer,
  Point,
  Fraction,
  Exponent,
  ExponentSign,
  ExponentDigits,
}

/** Containers within containers, at most. */
const MOST_DEPTH = 100;

/** The first block has so many bytes, and others four times as many, up to a limit. */
const FIRST_BLOCK = 1024, LARGEST_BLOCK = 64 * 1024;

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c, COLON = 0x3a;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;
const SPACE = 0x20, TAB = 0x09, LF = 0x0a, CR = 0x0d;
const MINUS = 0x2d, PLUS = 0x2b, POINT = 0x2e, ZERO = 0x30, NINE = 0x39;
const SMALL_E = 0x65, SMALL_U = 0x75;

const LITERALS = ["true", "false", "null"].map((word) =>
  new TextEncoder().encode(word)
);

/** 1 for each byte that stands for itself in a string. */
const PLAIN: Uint8Array = new Uint8Array(256).fill(1, 0x20, 0x80);
PLAIN[QUOTE] = PLAIN[BACKSLASH] = 0;

/** What may follow a backslash, and what it stands for. */
const ESCAPES: ReadonlyMap<number, number> = new Map([
  [0x22, 0x22],
  [0x5c, 0x5c],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

/** Takes one text apart, or several, one after the other. */
export class JsonTokens {
  /** The block, in which strings that were kept are in `bytes[0, length)`. */
  bytes: Uint8Array<ArrayBuffer> = new Uint8Array(FIRST_BLOCK);
  /** See {@linkcode bytes}. */
  length = 0;
  /**
   * Where in {@linkcode bytes} the strings begin that must stay together; before
   * it are those that have been taken note of.
   */
  needed = 0;
  /** Where the last string begins in {@linkcode bytes}; it ends at `length`. */
  stringStart = 0;
  /** Whether the strings that come are kept. */
  keep = true;
  /** How many containers are open. */
  depth = 0;
  /** What is wrong, if anything. */
  fault: JsonFault | undefined;
  readonly #onToken: (token: Token) => void;
  readonly #longest: number;
  #state = State.Value;
  /** What is open: whether it is an object. */
  readonly #objects: boolean[] = [];
  /** Whether the string is a name. */
  #isName = false;
  /** How many digits of an escape are missing, and what those before are. */
  #digits = 0;
  #code = 0;
  /** The first half of a pair; 0: there is none. */
  #high = 0;
  /** How many bytes of a character are missing, and what the next may be. */
  #missing = 0;
  #least = 0x80;
  #most = 0xbf;
  /** The literal, and how much of it has come. */
  #literal = LITERALS[0];
  #matched = 0;

  /**
   * Begins with a text.
   *
   * @param onToken is told of each token when it is whole.
   * @param longest how many bytes a string may have that is kept.
   */
  constructor(onToken: (token: Token) => void, longest = Infinity) {
    this.#onToken = onToken;
    this.#longest = longest;
  }

  /** Whether nothing but space has come yet. */
  get empty(): boolean {
    return this.#state === State.Value && this.depth === 0;
  }

  /** Whether a whole value has come, and nothing but space after it. */
  get whole(): boolean {
    return this.#state === State.AfterValue && this.depth === 0;
  }

  /** Begins with another text; the strings stay. */
  next(): void {
    this.#state = State.Value;
  }

  /** Forgets the last string. */
  forget(): void {
    this.length = this.stringStart;
  }

  /** The text ends here: a number at the top ends with it. */
  finish(): void {
    if (this.depth === 0 && isNumber(this.#state)) this.#scalar();
  }

  /** Takes `bytes[start, end)`, up to what is wrong. */
  take(bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end && this.fault === undefined;) {
      if (this.#state !== State.Text) {
        this.#step(bytes[at++]);
        continue;
      }
      const run = at;
      while (at < end && PLAIN[bytes[at]] === 1) at++;
      if (this.keep) this.#copy(bytes, run, at);
      if (at < end) this.#textByte(bytes[at++]);
    }
  }

  /** Makes room for `count` more bytes of strings; they may move. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const kept = this.bytes.subarray(this.needed, this.length);
    const block = new Uint8Array(
      Math.max(
        2 * (kept.length + count),
        Math.min(4 * this.bytes.length, LARGEST_BLOCK),
      ),
    );
    block.set(kept);
    this.bytes = block;
    this.stringStart -= this.needed;
    this.length -= this.needed;
    this.needed = 0;
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    if (this.length + end - start - this.stringStart > this.#longest) {
      return this.#fail(JsonFault.Length);
    }
    this.reserve(end - start);
    // A view for `set` costs more than the loop for what is short.
    if (end - start > 96) {
      this.bytes.set(bytes.subarray(start, end), this.length);
      this.length += end - start;
    } else while (start < end) this.bytes[this.length++] = bytes[start++];
  }

  /** Takes a byte that is in a string, and not a plain one. */
  #textByte(byte: number): void {
    if (byte === QUOTE) return this.#endText();
    if (byte === BACKSLASH) {
      this.#state = State.Escape;
      return;
    }
    if (byte < 0x20) return this.#fail(JsonFault.Syntax);
    // RFC 3629, section 4.
    if (byte < 0xc2 || byte > 0xf4) return this.#fail(JsonFault.Encoding);
    this.#missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    this.#least = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
    this.#most = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
    this.#state = State.Continuation;
    this.#put(byte);
  }

  /** Takes a byte that is not in a string, or not plainly. */
  #step(byte: number): void {
    switch (this.#state) {
      case State.Value:
      case State.FirstElement:
      case State.FirstName:
      case State.NextName:
      case State.Colon:
      case State.AfterValue:
        if (byte === SPACE || byte === LF || byte === CR || byte === TAB) {
          return;
        }
        return this.#structure(byte);
      case State.Escape:
      case State.Hex:
      case State.LowEscape:
      case State.LowU:
        return this.#escape(byte);
      case State.Continuation:
        if (byte < this.#least || byte > this.#most) {
          return this.#fail(JsonFault.Encoding);
        }
        this.#least = 0x80;
        this.#most = 0xbf;
        this.#put(byte);
        if (--this.#missing === 0) this.#state = State.Text;
        return;
      case State.Literal:
        if (byte !== this.#literal[this.#matched++]) {
          return this.#fail(JsonFault.Syntax);
        }
        if (this.#matched === this.#literal.length) this.#scalar();
        return;
      default:
        return this.#number(byte);
    }
  }

  #structure(byte: number): void {
    switch (this.#state) {
      case State.FirstElement:
        if (byte === CLOSE_BRACKET) return this.#close();
        return this.#value(byte);
      case State.Value:
        return this.#value(byte);
      case State.FirstName:
        if (byte === CLOSE_BRACE) return this.#close();
        return this.#name(byte);
      case State.NextName:
        return this.#name(byte);
      case State.Colon:
        if (byte !== COLON) return this.#fail(JsonFault.Syntax);
        this.#state = State.Value;
        return;
      case State.AfterValue: {
        if (this.depth === 0) return this.#fail(JsonFault.Syntax);
        const inObject = this.#objects[this.depth - 1];
        if (byte === (inObject ? CLOSE_BRACE : CLOSE_BRACKET)) {
          return this.#close();
        }
        if (byte !== COMMA) return this.#fail(JsonFault.Syntax);
        this.#state = inObject ? State.NextName : State.Value;
      }
    }
  }

  #value(byte: number): void {
    if (byte === QUOTE) return this.#beginText(false);
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) {
      return this.#open(byte === OPEN_BRACE);
    }
    if (byte === MINUS) this.#state = State.Minus;
    else if (byte === ZERO) this.#state = State.Zero;
    else if (byte > ZERO && byte <= NINE) this.#state = State.Integer;
    else {
      const literal = LITERALS.find((word) => word[0] === byte);
      if (literal === undefined) return this.#fail(JsonFault.Syntax);
      this.#literal = literal;
      this.#matched = 1;
      this.#state = State.Literal;
    }
  }

  #name(byte: number): void {
    if (byte === QUOTE) this.#beginText(true);
    else this.#fail(JsonFault.Syntax);
  }

  #open(isObject: boolean): void {
    if (this.depth === MOST_DEPTH) return this.#fail(JsonFault.Depth);
    this.#objects[this.depth++] = isObject;
    this.#state = isObject ? State.FirstName : State.FirstElement;
    this.#onToken(isObject ? Token.ObjectStart : Token.ArrayStart);
  }

  #close(): void {
    const isObject = this.#objects[--this.depth];
    this.#state = State.AfterValue;
    this.#onToken(isObject ? Token.ObjectEnd : Token.ArrayEnd);
  }

  #scalar(): void {
    this.#state = State.AfterValue;
    this.#onToken(Token.Other);
  }

  #beginText(isName: boolean): void {
    this.stringStart = this.length;
    this.#isName = isName;
    this.#state = State.Text;
  }

  #endText(): void {
    this.#state = this.#isName ? State.Colon : State.AfterValue;
    this.#onToken(this.#isName ? Token.Name : Token.String);
  }

  #escape(byte: number): void {
    switch (this.#state) {
      case State.Escape: {
        if (byte === SMALL_U) return this.#beginHex();
        const meant = ESCAPES.get(byte);
        if (meant === undefined) return this.#fail(JsonFault.Syntax);
        this.#state = State.Text;
        return this.#put(meant);
      }
      case State.LowEscape:
        if (byte !== BACKSLASH) return this.#fail(JsonFault.Encoding);
        this.#state = State.LowU;
        return;
      case State.LowU:
        if (byte !== SMALL_U) return this.#fail(JsonFault.Encoding);
        return this.#beginHex();
      case State.Hex: {
        const digit = byte >= ZERO && byte <= NINE
          ? byte - ZERO
          : (byte | 0x20) - 0x57;
        if (digit < 0 || digit > 15 || byte > NINE && digit < 10) {
          return this.#fail(JsonFault.Syntax);
        }
        this.#code = this.#code << 4 | digit;
        if (--this.#digits === 0) this.#character(this.#code);
      }
    }
  }

  #beginHex(): void {
    this.#state = State.Hex;
    this.#digits = 4;
    this.#code = 0;
  }

  /** Takes the character, or half of it, that an escape stands for. */
  #character(code: number): void {
    if (this.#high > 0) {
      if (code < 0xdc00 || code > 0xdfff) return this.#fail(JsonFault.Encoding);
      code = 0x10000 + ((this.#high - 0xd800) << 10) + (code - 0xdc00);
      this.#high = 0;
    } else if (code >= 0xd800 && code <= 0xdfff) {
      if (code >= 0xdc00) return this.#fail(JsonFault.Encoding);
      this.#high = code;
      this.#state = State.LowEscape;
      return;
    }
    this.#state = State.Text;
    if (code < 0x80) return this.#put(code);
    if (code < 0x800) this.#put(0xc0 | code >> 6);
    else {
      if (code < 0x10000) this.#put(0xe0 | code >> 12);
      else {
        this.#put(0xf0 | code >> 18);
        this.#put(0x80 | code >> 12 & 0x3f);
      }
      this.#put(0x80 | code >> 6 & 0x3f);
    }
    this.#put(0x80 | code & 0x3f);
  }

  #put(byte: number): void {
    if (!this.keep) return;
    this.reserve(1);
    this.bytes[this.length++] = byte;
  }

  #number(byte: number): void {
    const isDigit = byte >= ZERO && byte <= NINE;
    switch (this.#state) {
      case State.Minus:
        if (!isDigit) return this.#fail(JsonFault.Syntax);
        this.#state = byte === ZERO ? State.Zero : State.Integer;
        return;
      case State.Point:
        if (!isDigit) return this.#fail(JsonFault.Syntax);
        this.#state = State.Fraction;
        return;
      case State.Exponent:
        if (byte === PLUS || byte === MINUS) {
          this.#state = State.ExponentSign;
          return;
        }
        if (!isDigit) return this.#fail(JsonFault.Syntax);
        this.#state = State.ExponentDigits;
        return;
      case State.ExponentSign:
        if (!isDigit) return this.#fail(JsonFault.Syntax);
        this.#state = State.ExponentDigits;
        return;
    }
    if (isDigit && this.#state !== State.Zero) return;
    if (byte === POINT && this.#state <= State.Integer) {
      this.#state = State.Point;
    } else if (
      (byte | 0x20) === SMALL_E && this.#state !== State.ExponentDigits
    ) this.#state = State.Exponent;
    else {
      this.#scalar();
      // A number ends where something else begins.
      if (this.fault === undefined) this.#step(byte);
    }
  }

  #fail(fault: JsonFault): void {
    this.fault = fault;
  }
}

/** Whether a number may end there. */
function isNumber(state: State): boolean {
  return state === State.Zero || state === State.Integer ||
    state === State.Fraction || state === State.ExponentDigits;
}
