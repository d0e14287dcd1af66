/**
 * What `POST /v1/{database}:batchGet` takes: JSON, or NDJSON with a key a line.
 *
 * ```text
 * JSON     {"keys": [KEY, …]}
 * NDJSON   KEY\nKEY\n…
 * KEY      "text"
 *          {"key": "text"} or {"keyBase64": "aG9nZQ=="}, and if wanted
 *          "namespace": "text" or "namespaceBase64": "bnM="
 * ```
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { LookupKey } from "./lookup.ts";

/** The most keys of one request. */
export const MOST_KEYS = 10_000;

/** The longest body, in bytes. */
export const LARGEST_BATCH: number = 4 * 1024 * 1024;

/** One key that is asked for. */
export interface BatchKey extends LookupKey {
  /** The members that name it, as they were sent, in JSON: `"key":"hoge"`. */
  readonly name: string;
}

/** A request cannot be understood. */
export class BatchError extends Error {
  /** Stable: `BatchError`. */
  override readonly name = "BatchError";

  /**
   * Says why.
   *
   * @param status the HTTP status that tells it.
   */
  constructor(readonly status: 400 | 413, message: string) {
    super(message);
  }
}

/**
 * Reads a request.
 *
 * @param lines whether it is NDJSON.
 * @throws {BatchError} that says what is wrong with it.
 */
export function readBatch(text: string, lines: boolean): BatchKey[] {
  const keys = lines ? linesOf(text) : keysOf(parse(text, "the body"));
  if (keys.length > MOST_KEYS) {
    throw new BatchError(
      413,
      `${keys.length} keys are too many: send ${MOST_KEYS} at most`,
    );
  }
  return keys.map((key, n) =>
    readKey(lines ? parse(key as string, `line ${n + 1}`) : key, n)
  );
}

function linesOf(text: string): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

function keysOf(body: unknown): unknown[] {
  if (isObject(body) && Array.isArray(body.keys)) return body.keys;
  throw new BatchError(400, 'the body must be {"keys": ["a key", …]}');
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new BatchError(400, `${where} is not JSON`);
  }
}

function readKey(asked: unknown, n: number): BatchKey {
  const parts = typeof asked === "string" ? { key: asked } : asked;
  if (!isObject(parts)) {
    throw new BatchError(
      400,
      `keys[${n}] must be a text, or an object with key or keyBase64`,
    );
  }
  const names: string[] = [];
  const namespace = readPart(parts, "namespace", n, names);
  const key = readPart(parts, "key", n, names);
  if (key === undefined) {
    throw new BatchError(400, `keys[${n}] has no key and no keyBase64`);
  }
  const start = namespace?.length ?? 0;
  const bytes = new Uint8Array(start + key.length);
  if (namespace !== undefined) bytes.set(namespace);
  bytes.set(key, start);
  return {
    bytes,
    namespaced: namespace !== undefined,
    namespaceEnd: start,
    start,
    end: bytes.length,
    name: names.join(","),
  };
}

/** The bytes of `NAME`, or of `NAMEBase64`. */
function readPart(
  parts: Readonly<Record<string, unknown>>,
  name: "key" | "namespace",
  n: number,
  names: string[],
): Uint8Array | undefined {
  const coded = `${name}Base64`;
  const text = parts[name], base64 = parts[coded];
  if (text === undefined && base64 === undefined) return undefined;
  if (text !== undefined && base64 !== undefined) {
    throw new BatchError(400, `keys[${n}] has both ${name} and ${coded}`);
  }
  if (typeof text === "string") {
    names.push(`"${name}":${JSON.stringify(text)}`);
    return new TextEncoder().encode(text);
  }
  if (typeof base64 === "string" && BASE64.test(base64)) {
    names.push(`"${coded}":"${base64}"`);
    return Buffer.from(base64, "base64");
  }
  throw new BatchError(
    400,
    text === undefined
      ? `keys[${n}].${coded} is not base64`
      : `keys[${n}].${name} is not a text`,
  );
}

const BASE64 =
  /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
