/**
 * LMDB files, read in place. Neither liblmdb nor its lock file is needed.
 *
 * @module
 */

import { join } from "node:path";
import { DataFileError, type OpenOptions, type Snapshot } from "../storage.ts";
import { Environment, mustHaveRecords, namedDatabase } from "./environment.ts";
import { NamespacedLmdbSnapshot } from "./namespaced.ts";
import { readMetas } from "./meta.ts";
import { LmdbSnapshot } from "./snapshot.ts";

export { isLmdb } from "./meta.ts";

/** The name of the file in a directory that liblmdb has made. */
const DATANAME = "data.mdb";

const NO_KEY = new Uint8Array(0);

/**
 * How many bytes the pages take that are, or were, in use: with MDB_WRITEMAP a file
 * is as long as its map, and most of that may never have been written.
 *
 * @param head the file's first bytes: more than its two meta pages.
 * @returns nothing if they cannot be read.
 */
export function usedBytes(head: Uint8Array): number | undefined {
  try {
    const { lastPage, pageSize } = readMetas(head, "").meta;
    return (lastPage + 1) * pageSize;
  } catch (error) {
    if (error instanceof DataFileError) return undefined;
    throw error;
  }
}

/**
 * The file at `path`: where that is a directory, the one that liblmdb puts its
 * data in.
 *
 * @throws {Deno.errors.NotFound} and its like if there is nothing at `path`.
 */
export async function lmdbFile(path: string): Promise<string> {
  const { isDirectory } = await Deno.stat(path);
  return isDirectory ? join(path, DATANAME) : path;
}

/**
 * Opens an LMDB file of data format 1 or 2.
 *
 * @param bytes all of the file.
 * @param path the file, for messages.
 * @param options `bucket` names a database, without which it is the main one;
 * with `namespaced`, all named databases are namespaces.
 * @throws {DataFileError} if it is not such a file, is encrypted, lacks the
 * named database, has nothing but named ones and none was asked for, or is damaged
 * on the way to the least key.
 */
export function openLmdb(
  bytes: Uint8Array,
  path: string,
  options: OpenOptions,
): Snapshot {
  const environment = new Environment(bytes, path);
  if (options.namespaced && options.bucket !== undefined) {
    throw new DataFileError(
      path,
      `the named database "${options.bucket}" has no namespaces in it: leave out one of the two options`,
    );
  }
  const database = options.bucket === undefined
    ? environment.main
    : namedDatabase(environment, options.bucket);
  // A file that is cut short mostly lacks the pages written last: the root.
  database.search(NO_KEY, 0, 0);
  if (!options.namespaced && options.bucket === undefined) {
    mustHaveRecords(environment);
  }
  return options.namespaced
    ? new NamespacedLmdbSnapshot(environment)
    : new LmdbSnapshot(environment, database);
}
