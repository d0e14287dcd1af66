/**
 * `GET` and `HEAD` of a value: the hot path.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { Value } from "../../storage/storage.ts";
import { GETS, HITS, MISSES, WRITES_REFUSED } from "../counters.ts";
import type { SessionContext } from "../protocol.ts";
import { entityTag, judge, rangeHolds, Verdict } from "./conditions.ts";
import { heldStream, PIECE } from "./held_stream.ts";
import {
  copyKey,
  damaged,
  dataOf,
  fits,
  lookUp,
  type LookupKey,
} from "./lookup.ts";
import type { ValuePath } from "./path.ts";
import { problem } from "./problem.ts";
import { readRange } from "./range.ts";

/** The methods that would change a value. */
const WRITES = ["PUT", "POST", "PATCH", "DELETE"];

/** A cache may keep a value, and asks each time whether it has changed. */
const CACHE_CONTROL = "no-cache";

/** Answers requests for values. */
export class Values {
  readonly #context: SessionContext;
  readonly #contentType: string;
  readonly #value = new Value();

  /**
   * Answers from the databases of the context.
   *
   * @param contentType what the values are, as a media type.
   */
  constructor(context: SessionContext, contentType: string) {
    this.#context = context;
    this.#contentType = contentType;
  }

  /** Answers a request whose path has been taken apart. */
  answer(request: Request, path: ValuePath): Response {
    const { method } = request;
    const { counters } = this.#context;
    if (method !== "GET" && method !== "HEAD") {
      if (WRITES.includes(method)) counters[WRITES_REFUSED]++;
      return problem(405, "the data are read-only: GET or HEAD a value", {
        allow: "GET, HEAD",
      });
    }
    const data = dataOf(this.#context, path.database);
    if (data instanceof Response) return data;
    if (!fits(data, path)) {
      return problem(
        404,
        `the database ${path.database} has no namespaces: write a slash within a key as %2F`,
      );
    }
    try {
      counters[GETS]++;
      if (!lookUp(data, path, this.#value)) {
        counters[MISSES]++;
        return problem(404, `the database ${path.database} has no such key`);
      }
      counters[HITS]++;
      return this.#found(request, path, data);
    } catch (error) {
      return damaged(error, this.#context);
    }
  }

  /** Gives the value that has been found, or as much as the client wants. */
  #found(request: Request, path: ValuePath, data: DataSet): Response {
    const { headers } = request;
    const { start, end } = this.#value;
    const size = end - start;
    const etag = entityTag(data.facts.sum);
    const validators = { etag, "cache-control": CACHE_CONTROL };
    const verdict = judge(headers, etag);
    if (verdict === Verdict.NotModified) {
      return new Response(null, { status: 304, headers: validators });
    }
    if (verdict === Verdict.Failed) {
      return problem(412, "the data are others than If-Match wants", {
        etag,
      });
    }
    const about = {
      "content-type": this.#contentType,
      "accept-ranges": "bytes",
      ...validators,
    };
    if (request.method === "HEAD") {
      return new Response(null, {
        headers: { ...about, "content-length": String(size) },
      });
    }
    const wanted = headers.get("range");
    const span = wanted === null || !rangeHolds(headers, etag)
      ? undefined
      : readRange(wanted, size);
    if (span === undefined) {
      return new Response(this.#body(path, data, 0, size), {
        headers: size > PIECE
          ? { ...about, "content-length": String(size) }
          : about,
      });
    }
    if (span === null) {
      return problem(416, `the value has only ${size} bytes`, {
        "content-range": `bytes */${size}`,
      });
    }
    return new Response(this.#body(path, data, span.start, span.end), {
      status: 206,
      headers: {
        ...about,
        "content-length": String(span.end - span.start),
        "content-range": `bytes ${span.start}-${span.end - 1}/${size}`,
      },
    });
  }

  /** The bytes `[from, to)` of the value: a copy of them, or a stream. */
  #body(
    path: ValuePath,
    data: DataSet,
    from: number,
    to: number,
  ): BodyInit {
    const { bytes, start } = this.#value;
    if (to - from <= PIECE) return copy(bytes, start + from, start + to);
    const context = this.#context;
    return heldStream(
      data,
      piecesOf(data, copyKey(path), from, to),
      (error) => damaged(error, context),
    );
  }
}

/** Looks the key up for each piece: a value is valid only until an `await`. */
function* piecesOf(
  data: DataSet,
  key: LookupKey,
  from: number,
  to: number,
): Generator<Uint8Array<ArrayBuffer>> {
  const value = new Value();
  for (let at = from; at < to; at += PIECE) {
    lookUp(data, key, value);
    const { bytes, start } = value;
    yield copy(bytes, start + at, start + Math.min(at + PIECE, to));
  }
}

/** The copy is not shared memory, also where the value is. */
function copy(
  bytes: Uint8Array,
  start: number,
  end: number,
): Uint8Array<ArrayBuffer> {
  const copied = new Uint8Array(end - start);
  copied.set(bytes.subarray(start, end));
  return copied;
}
