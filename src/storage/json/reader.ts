/**
 * Reads the members of a JSON object, piece by piece: the text is never whole
 * in memory, so it may be of any length.
 *
 * ```text
 * {"key": "value", …}                    plain
 * {"namespace": {"key": "value", …}, …}  namespaced
 * ```
 *
 * A member is read at one go. If the window ends in its middle, more text is
 * put behind it and the member is read again from its beginning.
 *
 * @module
 */

import { JsonSyntaxError, MORE, Window } from "./grammar.ts";
import type { Pieces } from "../../compression/pieces.ts";
import { unescape } from "./unescape.ts";

const QUOTE = 0x22, COMMA = 0x2c, OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** The text is not JSON, or not of the expected shape, at one place. */
export class JsonError extends Error {
  /** Stable: `JsonError`. */
  override readonly name = "JsonError";

  /**
   * @param offset the place, in bytes from the beginning of the text.
   * @param problem what is wrong there.
   */
  constructor(readonly offset: number, readonly problem: string) {
    super(problem);
  }
}

/** Takes the records as they are read. */
export interface RecordSink {
  /** The records that follow are of this namespace. */
  begin(namespace: Uint8Array): void;
  /** A record; the bytes are valid during the call. */
  add(
    keyBytes: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueBytes: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void;
}

/** Where the reader stands between two members. */
enum State {
  Start,
  FirstMember,
  NextMember,
  End,
}

/** Reads one text. */
export class JsonReader {
  readonly #window = new Window();
  readonly #namespaced: boolean;
  readonly #sink: RecordSink;
  #state = State.Start;
  /** Levels of braces open: 1 in the object, 2 in a namespace. */
  #depth = 0;
  /** Where the next member begins in the window. */
  #at = 0;
  /** How much of the text was before the window. */
  #base = 0;
  /**
   * A member that did not fit is only read again when twice as much is there:
   * else a huge one would be read once for each of its pieces.
   */
  #worthwhile = 0;
  // Keys and values with escapes in them are resolved here.
  #key = new Uint8Array(256);
  #value = new Uint8Array(4096);

  /**
   * @param namespaced whether the members are namespaces.
   * @param sink takes the records.
   */
  constructor(namespaced: boolean, sink: RecordSink) {
    this.#namespaced = namespaced;
    this.#sink = sink;
  }

  /**
   * Reads the text to its end.
   *
   * @throws {JsonError} if it is not a JSON object of the expected shape, and
   * what the sink throws.
   */
  async read(text: Pieces): Promise<void> {
    try {
      for await (const chunk of text) {
        this.#push(chunk);
        if (this.#window.end >= this.#worthwhile) this.#consume();
      }
      // White space at the end lets a number there end like any other.
      this.#push(new Uint8Array([0x0a]));
      this.#consume();
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
      throw new JsonError(this.#base + error.at, error.problem);
    }
    if (this.#state !== State.End) {
      const length = this.#base + this.#window.end - 1;
      throw new JsonError(
        length,
        length === 0 ? "the file is empty" : "the text ends in the middle",
      );
    }
  }

  /** Drops what was read from the window and puts `chunk` behind the rest. */
  #push(chunk: Uint8Array): void {
    const window = this.#window;
    window.bytes.copyWithin(0, this.#at, window.end);
    window.end -= this.#at;
    this.#base += this.#at;
    this.#at = 0;
    window.append(chunk);
  }

  /** Reads all members that are whole in the window. */
  #consume(): void {
    for (let at; (at = this.#step(this.#at)) !== MORE;) this.#at = at;
    this.#worthwhile = (this.#window.end - this.#at) * 2;
  }

  #step(at: number): number {
    const window = this.#window;
    if (this.#state === State.Start && this.#base + at === 0) {
      if (window.end < 3) return MORE;
      if (BYTE_ORDER_MARK.every((byte, i) => window.bytes[i] === byte)) at = 3;
    }
    at = window.space(at);
    if (at === MORE) return MORE;
    const byte = window.bytes[at];
    switch (this.#state) {
      case State.Start:
        if (byte !== OPEN_BRACE) {
          window.fail(at, "expected an object, '{', at the top level");
        }
        return this.#open(at + 1);
      case State.FirstMember:
        return byte === CLOSE_BRACE ? this.#close(at + 1) : this.#member(at);
      case State.NextMember:
        if (byte === CLOSE_BRACE) return this.#close(at + 1);
        if (byte !== COMMA) window.fail(at, "expected ',' or '}'");
        return this.#member(at + 1);
      case State.End:
        return window.fail(at, "text behind the object");
    }
  }

  #open(at: number): number {
    this.#depth++;
    this.#state = State.FirstMember;
    return at;
  }

  #close(at: number): number {
    this.#state = --this.#depth === 0 ? State.End : State.NextMember;
    return at;
  }

  #member(at: number): number {
    const window = this.#window;
    const key = window.space(at);
    if (key === MORE) return MORE;
    const colon = window.name(key);
    if (colon === MORE) return MORE;
    const value = window.space(colon);
    if (value === MORE) return MORE;
    if (this.#namespaced && this.#depth === 1) {
      if (window.bytes[value] !== OPEN_BRACE) {
        window.fail(value, "expected a namespace, '{', behind its name");
      }
      this.#beginNamespace(key);
      return this.#open(value + 1);
    }
    const end = window.value(value);
    if (end === MORE) return MORE;
    this.#add(key, value, end);
    this.#state = State.NextMember;
    return end;
  }

  #beginNamespace(key: number): void {
    const { bytes } = this.#window;
    const end = closingQuote(bytes, key + 1);
    this.#key = grown(this.#key, end - key);
    const length = unescape(bytes, key + 1, end, this.#key);
    this.#sink.begin(this.#key.slice(0, length));
  }

  #add(key: number, value: number, valueEnd: number): void {
    let keyBytes = this.#window.bytes;
    let keyStart = key + 1;
    let keyEnd = closingQuote(keyBytes, keyStart);
    if (hasEscape(keyBytes, keyStart, keyEnd)) {
      this.#key = grown(this.#key, keyEnd - keyStart);
      keyEnd = unescape(keyBytes, keyStart, keyEnd, this.#key);
      keyStart = 0;
      keyBytes = this.#key;
    }
    let valueBytes = this.#window.bytes;
    if (valueBytes[value] === QUOTE) {
      value++;
      valueEnd--;
      if (hasEscape(valueBytes, value, valueEnd)) {
        this.#value = grown(this.#value, valueEnd - value);
        valueEnd = unescape(valueBytes, value, valueEnd, this.#value);
        value = 0;
        valueBytes = this.#value;
      }
    }
    this.#sink.add(
      keyBytes,
      keyStart,
      keyEnd,
      valueBytes,
      value,
      valueEnd,
    );
  }
}

/** The quote that ends a string known to be well formed. */
function closingQuote(bytes: Uint8Array, at: number): number {
  while (bytes[at] !== QUOTE) at += bytes[at] === 0x5c ? 2 : 1;
  return at;
}

function hasEscape(bytes: Uint8Array, start: number, end: number): boolean {
  while (start < end) if (bytes[start++] === 0x5c) return true;
  return false;
}

function grown(
  buffer: Uint8Array<ArrayBuffer>,
  length: number,
): Uint8Array<ArrayBuffer> {
  return buffer.length >= length
    ? buffer
    : new Uint8Array(Math.max(length, buffer.length * 2));
}
