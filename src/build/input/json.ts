/**
 * JSON as an input: an object of keys and values, or of namespaces of them.
 *
 * @module
 */

import { position } from "../../storage/json/position.ts";
import {
  JsonError,
  JsonReader,
  type RecordSink,
} from "../../storage/json/reader.ts";
import { BuildError } from "../error.ts";
import { openSource, type Source } from "./source.ts";

/**
 * Reads the records of a text of any length.
 *
 * @throws {BuildError} with the place if it is not such an object.
 */
export async function readJson(
  source: Source,
  namespaced: boolean,
  sink: RecordSink,
): Promise<void> {
  try {
    await new JsonReader(namespaced, sink).read(source.text);
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
