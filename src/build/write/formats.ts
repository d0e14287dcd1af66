/**
 * The formats that can be built. To add one, add it here.
 *
 * @module
 */

import { BdbWriter } from "./bdb.ts";
import { BoltWriter } from "./boltdb.ts";
import { CdbWriter } from "./cdb.ts";
import { JsonWriter } from "./json.ts";
import { createLmdb } from "./lmdb.ts";
import { MemcachedbWriter } from "./memcachedb.ts";
import { SqliteWriter } from "./sqlite.ts";
import type { Plan, Writer } from "./writer.ts";

/** One format. */
export interface OutputFormat {
  /**
   * What parts namespace and key, in formats that keep both as one key;
   * `undefined`: namespaces are kept apart from keys.
   *
   * @param separator what parts them on the wire.
   */
  joint?(separator: string): string;
  /** Begins a file. */
  create(path: string, plan: Plan): Writer | Promise<Writer>;
}

/** All formats, by the name that `-to` takes. */
export const OUTPUT_FORMATS: Readonly<Record<string, OutputFormat>> = {
  json: { create: (path, plan) => new JsonWriter(path, plan) },
  boltdb: { create: (path, plan) => new BoltWriter(path, plan) },
  bdb: { joint: () => "", create: (path) => new BdbWriter(path) },
  "memcachedb-bdb": {
    joint: () => "",
    create: (path) => new MemcachedbWriter(path),
  },
  lmdb: { create: createLmdb },
  cdb: {
    joint: (separator) => separator,
    create: (path, plan) => new CdbWriter(path, plan),
  },
  sqlite: { create: (path, plan) => new SqliteWriter(path, plan) },
};
