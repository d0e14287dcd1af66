/**
 * NDJSON as an input: an object a line, with the fields of a record.
 *
 * @module
 */

import { JsonSyntaxError, MORE, Window } from "../../storage/json/grammar.ts";
import type { RecordSink } from "../../storage/json/reader.ts";
import type { Pieces } from "../../compression/pieces.ts";
import { BuildError } from "../error.ts";
import type { Fields } from "./fields.ts";
import { JsonRecordReader } from "./json_record.ts";
import type { Source } from "./source.ts";

const NEWLINE = 0x0a;
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

class NdjsonReader {
  readonly #name: string;
  readonly #window = new Window();
  readonly #records: JsonRecordReader;
  #line = 0;

  constructor(name: string, fields: Fields, sink: RecordSink) {
    this.#name = name;
    this.#records = new JsonRecordReader(this.#window, fields, sink);
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
    const end = this.#records.read(
      at,
      (field) =>
        this.#wrong(
          `there is no field "${field}"; say -key-field and -value-field`,
        ),
    );
    // A line is all there is: where the grammar wants more, it is cut short.
    if (end === MORE) throw this.#wrong("the line ends in the middle");
    const next = window.space(end);
    if (next !== MORE) window.fail(next, "text behind the object");
  }

  #wrong(problem: string): BuildError {
    return new BuildError(`${this.#name}, line ${this.#line}: ${problem}`);
  }
}
