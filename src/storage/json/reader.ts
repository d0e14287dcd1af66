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

import { MORE, Window } from "./grammar.ts";
import type { Pieces } from "../../compression/pieces.ts";
import { JsonError, readInSteps } from "./steps.ts";
import { unescape } from "./unescape.ts";

const QUOTE = 0x22, COMMA = 0x2c, OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d;

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
    const length = await readInSteps(
      text,
      this.#window,
      (at) => this.#step(at),
    );
    if (this.#state !== State.End) {
      throw new JsonError(
        length,
        length === 0 ? "the file is empty" : "the text ends in the middle",
      );
    }
  }

  #step(at: number): number {
    const window = this.#window;
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
