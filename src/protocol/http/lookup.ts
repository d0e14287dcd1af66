/**
 * Looks keys up for HTTP, where a namespace is a part of its own.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import {
  DataFileError,
  isNamespaced,
  type Value,
} from "../../storage/storage.ts";
import type { SessionContext } from "../protocol.ts";
import { problem } from "./problem.ts";

/** A key in `bytes[start, end)`, and its namespace in `bytes[0, namespaceEnd)`. */
export interface LookupKey {
  /** Holds both. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether a namespace is given. */
  readonly namespaced: boolean;
  /** Where the namespace ends. */
  readonly namespaceEnd: number;
  /** Where the key begins. */
  readonly start: number;
  /** Where the key ends. */
  readonly end: number;
}

/** A copy of a key that may change. */
export function copyKey(key: LookupKey): LookupKey {
  const { namespaced, namespaceEnd, start, end } = key;
  const bytes = key.bytes.slice(0, end);
  return { bytes, namespaced, namespaceEnd, start, end };
}

/** Whether a key with a namespace can be looked up there, or is none needed. */
export function fits(data: DataSet, key: LookupKey): boolean {
  return !key.namespaced || isNamespaced(data.snapshot);
}

/**
 * Finds the value of a key that {@linkcode fits}.
 *
 * @throws {DataFileError} if the file is damaged where it was read.
 */
export function lookUp(data: DataSet, key: LookupKey, value: Value): boolean {
  const { snapshot } = data;
  const { bytes, start, end } = key;
  if (!key.namespaced) return snapshot.find(bytes, start, end, value);
  return isNamespaced(snapshot) &&
    snapshot.findIn(bytes, 0, key.namespaceEnd, start, end, value);
}

/** The data set of a database, or why there is none. */
export function dataOf(
  { databases }: SessionContext,
  name: string,
): DataSet | Response {
  for (const database of databases) {
    if (database.name !== name) continue;
    return database.handler.current ??
      problem(503, `the database ${name} has no data yet: try again`, {
        "retry-after": "5",
      });
  }
  return problem(
    404,
    `there is no database ${JSON.stringify(name)}: GET /v1 lists them`,
  );
}

/** The response to a look-up that met damage in the data file. */
export function damaged(error: unknown, context: SessionContext): Response {
  if (!(error instanceof DataFileError)) throw error;
  context.onDamage(error);
  return problem(500, "the data file is damaged at this key");
}
