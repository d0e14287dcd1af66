/**
 * What `POST /v1/{database}:batchGet` gives, in the order of the keys.
 *
 * ```text
 * JSON     {"dataSet":"SUM","results":[RESULT,…]}
 * NDJSON   RESULT\nRESULT\n…
 * RESULT   {"key":"text","found":true,"value":"text"}
 *          {"key":"text","found":true,"valueBase64":"aG9nZQ=="}
 *          {"key":"text","found":false}
 * ```
 *
 * The key is named as it was sent; a value that is not UTF-8 comes as base64.
 *
 * @module
 */

import { Buffer, isUtf8 } from "node:buffer";
import type { DataSet } from "../../handler/data_set.ts";
import { Value } from "../../storage/storage.ts";
import { type Counters, GETS, HITS, MISSES } from "../counters.ts";
import type { BatchKey } from "./batch_request.ts";
import { lookUp } from "./lookup.ts";

/** Text is encoded when there is so much of it. */
const CHUNK = 64 * 1024;

/** Of a long value, so many bytes are written at a time; a multiple of 3. */
const PART = 3 * 256 * 1024;

/** Writes the results as JSON, or as NDJSON. */
export function* writeBatch(
  keys: readonly BatchKey[],
  data: DataSet,
  counters: Counters,
  lines: boolean,
): Generator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  let text = "";
  for (const part of textOf(keys, data, counters, lines)) {
    text += part;
    if (text.length < CHUNK) continue;
    yield encoder.encode(text);
    text = "";
  }
  yield encoder.encode(text);
}

function* textOf(
  keys: readonly BatchKey[],
  data: DataSet,
  counters: Counters,
  lines: boolean,
): Generator<string> {
  if (!lines) {
    yield `{"dataSet":${JSON.stringify(data.facts.sum)},"results":[`;
  }
  const value = new Value();
  let first = true;
  for (const key of keys) {
    if (!lines && !first) yield ",";
    first = false;
    counters[GETS]++;
    if (lookUp(data, key, value)) {
      counters[HITS]++;
      const before = `{${key.name},"found":true,`;
      yield* isUtf8(viewOf(value))
        ? textValue(before, key, data, value)
        : base64Value(before, key, data, value);
    } else {
      counters[MISSES]++;
      yield `{${key.name},"found":false}`;
    }
    if (lines) yield "\n";
  }
  if (!lines) yield "]}\n";
}

function* textValue(
  before: string,
  key: BatchKey,
  data: DataSet,
  value: Value,
): Generator<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = `${before}"value":"`;
  for (const part of partsOf(key, data, value)) {
    const decoded = decoder.decode(part, { stream: true });
    yield text + JSON.stringify(decoded).slice(1, -1);
    text = "";
  }
  yield '"}';
}

function* base64Value(
  before: string,
  key: BatchKey,
  data: DataSet,
  value: Value,
): Generator<string> {
  let text = `${before}"valueBase64":"`;
  for (const part of partsOf(key, data, value)) {
    yield text + Buffer.from(part).toString("base64");
    text = "";
  }
  yield '"}';
}

/**
 * Copies of the value's parts, one at least. Behind a `yield` the client may have
 * been waited for, so the key is looked up again: a value is valid only until an
 * `await`.
 */
function* partsOf(
  key: BatchKey,
  data: DataSet,
  value: Value,
): Generator<Uint8Array<ArrayBuffer>> {
  const size = value.end - value.start;
  for (let at = 0; at === 0 || at < size; at += PART) {
    if (at > 0) lookUp(data, key, value);
    const { start, end, bytes } = value;
    yield copyOf(bytes.subarray(start + at, Math.min(start + at + PART, end)));
  }
}

function viewOf({ bytes, start, end }: Value): Uint8Array {
  return bytes.subarray(start, end);
}

/** Not shared memory, which a TextDecoder would not take. */
function copyOf(view: Uint8Array): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(view.length);
  copy.set(view);
  return copy;
}
