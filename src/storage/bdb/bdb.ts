/**
 * Opens Berkeley DB files: B-trees and hashes of the versions 4.1 to 5.3.
 *
 * @module
 */

import { DataFileError, type OpenOptions } from "../storage.ts";
import { findDatabase } from "./databases.ts";
import { type BtreeMeta, type HashMeta, openPages, readMeta } from "./meta.ts";
import type { Pages } from "./pages.ts";
import { BdbSnapshot, NamespacedBdbSnapshot } from "./snapshot.ts";

/**
 * Opens the database in a file; reads nothing but its metadata.
 *
 * @param bytes the whole file.
 * @param path what errors call it.
 * @param options `bucket` names the database in a file that has several, and may
 * name the only one;
 * `namespaced` makes it a {@linkcode NamespacedBdbSnapshot}.
 * @throws {DataFileError} if the file is no such database, or not whole.
 *
 * @example
 * ```ts
 * import { DataFileError, openBdb } from "@goromdb/cli/mod";
 * import { assertThrows } from "@std/assert";
 *
 * const text = new TextEncoder().encode("some text".repeat(100));
 * assertThrows(() => openBdb(text, "data.db", {}), DataFileError);
 * ```
 */
export function openBdb(
  bytes: Uint8Array,
  path: string,
  options: OpenOptions,
): BdbSnapshot {
  const pages = openPages(path, bytes);
  const meta = chooseDatabase(pages, options.bucket);
  return options.namespaced
    ? new NamespacedBdbSnapshot(pages, meta)
    : new BdbSnapshot(pages, meta);
}

function chooseDatabase(
  pages: Pages,
  name: string | undefined,
): BtreeMeta | HashMeta {
  const first = readMeta(pages, 0);
  if (first.kind === "btree" && first.isNamed) {
    const found = findDatabase(pages, first, name);
    try {
      return readMeta(pages, found.pgno);
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      throw new DataFileError(
        pages.path,
        `database ${JSON.stringify(found.name)}: ${error.problem}`,
      );
    }
  }
  if (name !== undefined) {
    throw new DataFileError(
      pages.path,
      `it holds a single database without a name, not "${name}": leave out -bucket`,
    );
  }
  return first;
}
