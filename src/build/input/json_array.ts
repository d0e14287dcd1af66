/**
 * A JSON array as an input: an object an element, with the fields of a record. The
 * array is never whole in memory, so it may be of any length.
 *
 * @module
 */

import type { Pieces } from "../../compression/pieces.ts";
import { MORE, Window } from "../../storage/json/grammar.ts";
import type { RecordSink } from "../../storage/json/reader.ts";
import { JsonError, readInSteps } from "../../storage/json/steps.ts";
import { BuildError } from "../error.ts";
import type { Fields } from "./fields.ts";
import { JsonRecordReader } from "./json_record.ts";

const COMMA = 0x2c, OPEN_BRACKET = 0x5b, CLOSE_BRACKET = 0x5d;

/** Where the reader stands between two elements. */
enum State {
  Start,
  FirstElement,
  NextElement,
  End,
}

/**
 * Reads the records of an array.
 *
 * @param name of the input, for messages.
 * @throws {JsonError} if it is not an array of objects.
 * @throws {BuildError} that names the element that lacks a field.
 */
export async function readJsonArray(
  name: string,
  text: Pieces,
  fields: Fields,
  sink: RecordSink,
): Promise<void> {
  const window = new Window();
  const records = new JsonRecordReader(window, fields, sink);
  let state = State.Start as State;
  let number = 1;
  const missing = (field: string) =>
    new BuildError(
      `${name}, element ${number}: there is no field "${field}"; say -key-field and -value-field`,
    );
  const element = (at: number): number => {
    const begin = window.space(at);
    if (begin === MORE) return MORE;
    const end = records.read(begin, missing);
    if (end === MORE) return MORE;
    number++;
    state = State.NextElement;
    return end;
  };
  const step = (at: number): number => {
    at = window.space(at);
    if (at === MORE) return MORE;
    const byte = window.bytes[at];
    switch (state) {
      case State.Start:
        if (byte !== OPEN_BRACKET) window.fail(at, "expected an array, '['");
        state = State.FirstElement;
        return at + 1;
      case State.End:
        return window.fail(at, "text behind the array");
      case State.NextElement:
        if (byte === COMMA) return element(at + 1);
        if (byte !== CLOSE_BRACKET) window.fail(at, "expected ',' or ']'");
        break;
      default:
        if (byte !== CLOSE_BRACKET) return element(at);
    }
    state = State.End;
    return at + 1;
  };
  const length = await readInSteps(text, window, step);
  if (state !== State.End) {
    throw new JsonError(length, "the text ends in the middle");
  }
}
