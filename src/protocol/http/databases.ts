/**
 * `GET /v1`: the databases, and what each serves.
 *
 * @module
 */

import { isNamespaced } from "../../storage/storage.ts";
import type { NamedHandler } from "../protocol.ts";

/** Tells of the databases, in the order of the configuration. */
export function listDatabases(databases: readonly NamedHandler[]): Response {
  return Response.json(
    { databases: databases.map(describe) },
    { headers: { "cache-control": "no-cache" } },
  );
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
