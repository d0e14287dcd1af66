/**
 * Looks keys up for HTTP, where a namespace is a part of its own.
 *
 * @module
 */

import type { DataSet } from "../../handler/data_set.ts";
import { isNamespaced, type Value } from "../../storage/storage.ts";
import type { NamedHandler } from "../protocol.ts";

/** A key, and its namespace if it has one. */
export interface LookupKey {
  /** Holds both. */
  readonly bytes: Uint8Array;
  /** Whether a namespace is given. */
  readonly namespaced: boolean;
  /** Where the namespace begins. */
  readonly namespaceStart: number;
  /** Where it ends. */
  readonly namespaceEnd: number;
  /** Where the key begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/** A copy of a key whose bytes may change. */
export function copyKey(key: LookupKey): LookupKey {
  const { namespaced, namespaceStart: base } = key;
  return {
    bytes: key.bytes.slice(base, key.end),
    namespaced,
    namespaceStart: 0,
    namespaceEnd: key.namespaceEnd - base,
    start: key.start - base,
    end: key.end - base,
  };
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
  const { namespaceStart, namespaceEnd } = key;
  return isNamespaced(snapshot) &&
    snapshot.findIn(bytes, namespaceStart, namespaceEnd, start, end, value);
}

/** The database with the name `bytes[start, end)`. */
export function findDatabase(
  databases: readonly NamedHandler[],
  bytes: Uint8Array,
  start: number,
  end: number,
): NamedHandler | undefined {
  for (let n = 0; n < databases.length; n++) {
    const { name } = databases[n];
    if (name.length !== end - start) continue;
    let i = 0;
    while (i < name.length && name.charCodeAt(i) === bytes[start + i]) i++;
    if (i === name.length) return databases[n];
  }
  return undefined;
}
