/**
 * NDJSON as an input: an object a line, with a field for the key and one for
 * the value.
 *
 * A value that is not a string is kept as its JSON text, as in JSON.
 *
 * @module
 */

import { JsonSyntaxError, MORE, Window } from "../../storage/json/grammar.ts";
import type { RecordSink } from "../../storage/json/reader.ts";
import type { Pieces } from "../../compression/pieces.ts";
import { unescape } from "../../storage/json/unescape.ts";
import { BuildError } from "../error.ts";
import type { Fields } from "./fields.ts";
import type { Source } from "./source.ts";

const NEWLINE = 0x0a, QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/**
 * Reads the records of a text of any length.
 *
 * @throws {BuildError} that names the line that is not as it should be.
 */
export function readNdjson(
  source: Source,
  fields: Fields,
  sink: RecordSink,
): Promise<void> {
  return new NdjsonReader(source.name, fields, sink).read(source.text);
}

/** A string in the window, or the text of a value. */
class Field {
  readonly name: string;
  readonly utf8: Uint8Array;
  found = false;
  /** Where it is: in the window, or in `scratch` if it had escapes. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  #scratch = new Uint8Array(256);

  constructor(name: string) {
    this.name = name;
    this.utf8 = new TextEncoder().encode(name);
  }

  /** Takes the value `bytes[start, end)`. */
  take(bytes: Uint8Array, start: number, end: number): void {
    this.found = true;
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    if (bytes[start] !== QUOTE) return;
    this.start++;
    this.end--;
    const escape = bytes.subarray(this.start, this.end).indexOf(BACKSLASH);
    if (escape < 0) return;
    if (this.#scratch.length < end - start) {
      this.#scratch = new Uint8Array(2 * (end - start));
    }
    this.end = unescape(bytes, this.start, this.end, this.#scratch);
    this.start = 0;
    this.bytes = this.#scratch;
  }

  /** Whether a member's name, `bytes[start, end)`, is this field's. */
  is(bytes: Uint8Array, start: number, end: number): boolean {
    const { utf8 } = this;
    if (end - start !== utf8.length) return false;
    for (let i = 0; i < utf8.length; i++) {
      if (bytes[start + i] !== utf8[i]) return false;
    }
    return true;
  }
}

class NdjsonReader {
  readonly #name: string;
  readonly #sink: RecordSink;
  readonly #key: Field;
  readonly #value: Field;
  readonly #namespace: Field | undefined;
  readonly #fields: readonly Field[];
  readonly #window = new Window();
  #line = 0;

  constructor(name: string, fields: Fields, sink: RecordSink) {
    this.#name = name;
    this.#sink = sink;
    this.#key = new Field(fields.key);
    this.#value = new Field(fields.value);
    if (fields.namespace !== undefined) {
      this.#namespace = new Field(fields.namespace);
    }
    this.#fields = [this.#key, this.#value, this.#namespace]
      .filter((field) => field !== undefined);
  }

  async read(text: Pieces): Promise<void> {
    for await (const piece of text) this.#take(piece);
    if (this.#window.end > 0) this.#take(new Uint8Array([NEWLINE]));
  }

  /** Puts a piece behind the line that was not whole, and reads on. */
  #take(piece: Uint8Array): void {
    const window = this.#window;
    const searched = window.end;
    window.append(piece);
    this.#readLines(searched);
  }

  /**
   * Reads all lines that are whole, and drops them.
   *
   * @param searched the window has no end of a line before this.
   */
  #readLines(searched: number): void {
    const window = this.#window;
    const { end } = window;
    const text = window.bytes.subarray(0, end);
    let at = 0;
    for (
      let newline = text.indexOf(NEWLINE, searched);
      newline >= 0;
      newline = text.indexOf(NEWLINE, at)
    ) {
      this.#line++;
      // The grammar must not look beyond the line, but needs its end to know
      // that a number has ended.
      window.end = newline + 1;
      try {
        this.#readLine(at);
      } catch (error) {
        if (!(error instanceof JsonSyntaxError)) throw error;
        throw this.#wrong(
          `not valid JSON at column ${error.at - at + 1}: ${error.problem}`,
        );
      }
      at = newline + 1;
    }
    window.bytes.copyWithin(0, at, end);
    window.end = end - at;
  }

  #readLine(at: number): void {
    const window = this.#window;
    const { bytes } = window;
    if (
      this.#line === 1 && BYTE_ORDER_MARK.every((byte, i) => bytes[i] === byte)
    ) at = BYTE_ORDER_MARK.length;
    at = window.space(at);
    if (at === MORE) return; // an empty line
    if (bytes[at] !== OPEN_BRACE) window.fail(at, "expected an object, '{'");
    for (const field of this.#fields) field.found = false;
    at = this.#space(at + 1);
    if (bytes[at] === CLOSE_BRACE) at++;
    else at = this.#members(at);
    if (window.space(at) !== MORE) {
      window.fail(window.space(at), "text behind the object");
    }
    for (const { found, name } of this.#fields) {
      if (!found) throw this.#wrong(`there is no field "${name}"`);
    }
    const key = this.#key, value = this.#value, namespace = this.#namespace;
    if (namespace !== undefined) {
      const { bytes, start, end } = namespace;
      this.#sink.begin(bytes.subarray(start, end));
    }
    this.#sink.add(
      key.bytes,
      key.start,
      key.end,
      value.bytes,
      value.start,
      value.end,
    );
  }

  #members(at: number): number {
    const window = this.#window;
    const { bytes } = window;
    for (;;) {
      const name = at;
      const colon = this.#whole(window.name(name));
      const value = this.#space(colon);
      at = this.#whole(window.value(value));
      let nameEnd = name + 1;
      while (bytes[nameEnd] !== QUOTE) {
        nameEnd += bytes[nameEnd] === BACKSLASH ? 2 : 1;
      }
      for (const field of this.#fields) {
        if (field.is(bytes, name + 1, nameEnd)) field.take(bytes, value, at);
      }
      at = this.#space(at);
      if (bytes[at] === CLOSE_BRACE) return at + 1;
      if (bytes[at] !== COMMA) window.fail(at, "expected ',' or '}'");
      at = this.#space(at + 1);
    }
  }

  #space(at: number): number {
    return this.#whole(this.#window.space(at));
  }

  /** A line is all there is: where the grammar wants more, it is cut short. */
  #whole(at: number): number {
    if (at === MORE) throw this.#wrong("the line ends in the middle");
    return at;
  }

  #wrong(problem: string): BuildError {
    return new BuildError(`${this.#name}, line ${this.#line}: ${problem}`);
  }
}
