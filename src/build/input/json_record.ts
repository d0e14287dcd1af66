/**
 * A record as a JSON object: with a field for the key and one for the value, or
 * as a whole the value.
 *
 * A value that is not a string is kept as its JSON text, as in JSON.
 *
 * @module
 */

import { MORE, type Window } from "../../storage/json/grammar.ts";
import type { RecordSink } from "../../storage/json/reader.ts";
import { unescape } from "../../storage/json/unescape.ts";
import { type Fields, STANDARD_VALUE_FIELD } from "./fields.ts";

const QUOTE = 0x22, BACKSLASH = 0x5c, COMMA = 0x2c;
const OPEN_BRACE = 0x7b, CLOSE_BRACE = 0x7d;

/** A field, and where it is in the record that is read. */
class Field {
  /** A member's name, or the path to one within others: `_id.$oid`. */
  readonly name: string;
  /** The name as it is, which counts before the path. */
  readonly whole: Uint8Array;
  /** The names of the path. */
  readonly parts: readonly Uint8Array[];
  found = false;
  /** Whether it was found by the name as it is. */
  isWhole = false;
  /** Where it is: in the window, or in `scratch` if it had escapes. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  #scratch = new Uint8Array(256);

  constructor(name: string) {
    const utf8 = new TextEncoder();
    this.name = name;
    this.whole = utf8.encode(name);
    this.parts = name.split(".").map((part) => utf8.encode(part));
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
}

/** Reads records in a window, and hands them to a sink. */
export class JsonRecordReader {
  readonly #window: Window;
  readonly #sink: RecordSink;
  readonly #key: Field;
  readonly #value: Field;
  readonly #namespace: Field | undefined;
  readonly #fields: readonly Field[];
  /** Whether a record is its value; the first record tells, if nobody says. */
  #isWhole: boolean | undefined;

  /**
   * Reads records in this window.
   *
   * @param sink takes them.
   */
  constructor(window: Window, fields: Fields, sink: RecordSink) {
    this.#window = window;
    this.#sink = sink;
    this.#key = new Field(fields.key);
    this.#value = new Field(fields.value ?? STANDARD_VALUE_FIELD);
    if (fields.value !== undefined) this.#isWhole = false;
    if (fields.namespace !== undefined) {
      this.#namespace = new Field(fields.namespace);
    }
    this.#fields = [this.#key, this.#value, this.#namespace]
      .filter((field) => field !== undefined);
  }

  /**
   * Reads the object that begins at an offset.
   *
   * @param missing makes the error for a field that is not there.
   * @returns where it ends, or `MORE` if the window ends before it.
   * @throws {JsonSyntaxError} if it is not an object.
   */
  read(at: number, missing: (field: string) => Error): number {
    const window = this.#window;
    if (window.bytes[at] !== OPEN_BRACE) {
      window.fail(at, "expected an object, '{'");
    }
    for (const field of this.#fields) field.found = field.isWhole = false;
    const end = this.#members(at, 0);
    if (end === MORE) return MORE;
    this.#isWhole ??= !this.#value.found;
    for (const field of this.#fields) {
      if (field.found || field === this.#value && this.#isWhole) continue;
      throw missing(field.name);
    }
    const key = this.#key, value = this.#value, namespace = this.#namespace;
    if (namespace !== undefined) {
      const { bytes, start, end } = namespace;
      this.#sink.begin(bytes.subarray(start, end));
    }
    if (this.#isWhole) value.bytes = window.bytes;
    this.#sink.add(
      key.bytes,
      key.start,
      key.end,
      value.bytes,
      this.#isWhole ? at : value.start,
      this.#isWhole ? end : value.end,
    );
    return end;
  }

  /**
   * Goes through the object that begins at `at`.
   *
   * @param depth how many parts of a path lead to it.
   * @param only the field that it was gone into for.
   * @returns where it ends, or `MORE`.
   */
  #members(at: number, depth: number, only?: Field): number {
    const window = this.#window;
    const { bytes } = window;
    at = window.space(at + 1);
    if (at === MORE) return MORE;
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      const name = at;
      const colon = window.name(name);
      if (colon === MORE) return MORE;
      const value = window.space(colon);
      if (value === MORE) return MORE;
      at = window.value(value);
      if (at === MORE) return MORE;
      let nameEnd = name + 1;
      while (bytes[nameEnd] !== QUOTE) {
        nameEnd += bytes[nameEnd] === BACKSLASH ? 2 : 1;
      }
      if (only !== undefined) {
        this.#member(only, depth, name + 1, nameEnd, value, at);
      } else {
        for (const field of this.#fields) {
          this.#member(field, depth, name + 1, nameEnd, value, at);
        }
      }
      at = window.space(at);
      if (at === MORE) return MORE;
      if (bytes[at] === CLOSE_BRACE) return at + 1;
      if (bytes[at] !== COMMA) window.fail(at, "expected ',' or '}'");
      at = window.space(at + 1);
      if (at === MORE) return MORE;
    }
  }

  /** Takes a member if it is a field's, or goes into it if the field is in it. */
  #member(
    field: Field,
    depth: number,
    name: number,
    nameEnd: number,
    value: number,
    end: number,
  ): void {
    const { bytes } = this.#window;
    const { whole, parts } = field;
    if (depth === 0 && isName(bytes, name, nameEnd, whole)) {
      field.take(bytes, value, end);
      field.isWhole = true;
    } else if (
      parts.length > 1 && !field.isWhole &&
      isName(bytes, name, nameEnd, parts[depth])
    ) {
      if (depth === parts.length - 1) field.take(bytes, value, end);
      else if (bytes[value] === OPEN_BRACE) {
        this.#members(value, depth + 1, field);
      }
    }
  }
}

/** Whether a member's name, `bytes[start, end)`, is this. */
function isName(
  bytes: Uint8Array,
  start: number,
  end: number,
  utf8: Uint8Array,
): boolean {
  if (end - start !== utf8.length) return false;
  for (let i = 0; i < utf8.length; i++) {
    if (bytes[start + i] !== utf8[i]) return false;
  }
  return true;
}
