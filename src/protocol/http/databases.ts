/**
 * `GET /v1`: the databases, and what each serves.
 *
 * @module
 */

import { isNamespaced } from "../../storage/storage.ts";
import type { NamedHandler } from "../protocol.ts";

/** Tells of the databases as JSON, in the order of the configuration. */
export function listDatabases(databases: readonly NamedHandler[]): string {
  return JSON.stringify({ databases: databases.map(describe) });
}

function describe({ name, handler }: NamedHandler): Record<string, unknown> {
  const data = handler.current;
  if (data === undefined) return { name, loaded: false };
  const { storage, sum, size, keys, openedAt } = data.facts;
  return {
    name,
    loaded: true,
    storage,
    namespaces: isNamespaced(data.snapshot),
    keys,
    size,
    sum,
    openedAt: new Date(openedAt).toISOString(),
  };
}
