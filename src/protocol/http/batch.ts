/**
 * `POST /v1/{database}:batchGet`: the values of many keys, from one data set.
 *
 * @module
 */

import type { SessionContext } from "../protocol.ts";
import { writeBatch } from "./batch_answer.ts";
import {
  BatchError,
  type BatchKey,
  LARGEST_BATCH,
  MOST_KEYS,
  readBatch,
} from "./batch_request.ts";
import { readText } from "./body.ts";
import { entityTag } from "./conditions.ts";
import { heldStream, PIECE } from "./held_stream.ts";
import { damaged, dataOf, fits } from "./lookup.ts";
import { problem } from "./problem.ts";

const JSON_TYPE = "application/json";
const LINES_TYPE = "application/x-ndjson";

const LINES = /application\/(?:x-ndjson|ndjson|jsonl)\b/i;

/** Answers a batch for the database of that name. */
export async function answerBatch(
  request: Request,
  name: string,
  context: SessionContext,
): Promise<Response> {
  const type = request.headers.get("content-type") ?? JSON_TYPE;
  const sentLines = LINES.test(type);
  if (!sentLines && !/^application\/json\b/i.test(type)) {
    await request.body?.cancel();
    return problem(
      415,
      `a batch is ${JSON_TYPE} or ${LINES_TYPE}, not ${type}`,
      { "accept-post": `${JSON_TYPE}, ${LINES_TYPE}` },
    );
  }
  const keys = await read(request, sentLines);
  if (keys instanceof Response) return keys;

  // From here to the response there is no `await`: it is one data set, the one
  // that is served now.
  const data = dataOf(context, name);
  if (data instanceof Response) return data;
  const foreign = keys.findIndex((key) => !fits(data, key));
  if (foreign !== -1) {
    return problem(
      400,
      `keys[${foreign}] has a namespace, and the database ${name} has none`,
    );
  }
  const lines = wantsLines(request, sentLines);
  const headers = {
    "content-type": lines ? LINES_TYPE : JSON_TYPE,
    "cache-control": "no-store",
    etag: entityTag(data.facts.sum),
  };
  const pieces = writeBatch(keys, data, context.counters, lines);
  try {
    // What is short is sent in one piece, with its length.
    const first: Uint8Array<ArrayBuffer>[] = [];
    for (let length = 0; length <= PIECE;) {
      const { done, value } = pieces.next();
      if (done) return new Response(new Blob(first), { headers });
      first.push(value);
      length += value.length;
    }
    const stream = heldStream(
      data,
      chain(first, pieces),
      (error) => damaged(error, context),
    );
    return new Response(stream, { headers });
  } catch (error) {
    return damaged(error, context);
  }
}

async function read(
  request: Request,
  lines: boolean,
): Promise<BatchKey[] | Response> {
  const text = await readText(request, LARGEST_BATCH);
  if (text === undefined) {
    return problem(
      413,
      `send ${LARGEST_BATCH} bytes and ${MOST_KEYS} keys at most`,
    );
  }
  if (text === null) {
    return problem(400, "the body is not UTF-8: send such keys as keyBase64");
  }
  try {
    return readBatch(text, lines);
  } catch (error) {
    if (error instanceof BatchError) {
      return problem(error.status, error.message);
    }
    throw error;
  }
}

/** The answer is of the kind that `Accept` names, or that was sent. */
function wantsLines({ headers }: Request, sentLines: boolean): boolean {
  const accept = headers.get("accept") ?? "";
  if (LINES.test(accept)) return true;
  return sentLines && !/application\/json\b/i.test(accept);
}

function* chain<T>(first: readonly T[], rest: Iterable<T>): Generator<T> {
  yield* first;
  yield* rest;
}
