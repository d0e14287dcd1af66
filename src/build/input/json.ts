/**
 * JSON as an input: an object of keys and values, or of namespaces of them; or an
 * array of records.
 *
 * @module
 */

import { position } from "../../storage/json/position.ts";
import { JsonReader, type RecordSink } from "../../storage/json/reader.ts";
import { JsonError } from "../../storage/json/steps.ts";
import { BuildError } from "../error.ts";
import type { Fields } from "./fields.ts";
import { readJsonArray } from "./json_array.ts";
import { openSource, type Source } from "./source.ts";

/** How an array begins. */
const ARRAY = /^\ufeff?\s*\[/;

/**
 * Reads the records of a text of any length.
 *
 * @param fields those of the records of an array.
 * @throws {BuildError} with the place if it is neither.
 */
export async function readJson(
  source: Source,
  namespaced: boolean,
  fields: Fields,
  sink: RecordSink,
): Promise<void> {
  try {
    const { name, sample, text } = source;
    const begin = new TextDecoder("utf-8", { ignoreBOM: true })
      .decode(sample.head.subarray(0, 4096));
    if (ARRAY.test(begin)) await readJsonArray(name, text, fields, sink);
    else await new JsonReader(namespaced, sink).read(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    const { offset, problem } = error;
    throw new BuildError(
      `${source.name}: not valid JSON at ${await placeOf(
        source,
        offset,
      )}: ${problem}`,
    );
  }
}

/** Lines are counted when it matters, in a second reading. */
async function placeOf({ path }: Source, offset: number): Promise<string> {
  if (path === undefined) return `byte ${offset}`;
  const { text } = await openSource(path, {
    maxUnpacked: Infinity, // it has been read already
    onRead: () => {},
    onWarning: () => {},
  });
  const { line, column } = await position(text, offset);
  return `line ${line}, column ${column}`;
}
