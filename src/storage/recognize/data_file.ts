/**
 * Where a data file is, and what is said of a place where there can be none.
 *
 * @module
 */

import { lmdbFile } from "../lmdb/lmdb.ts";
import { DataFileError } from "../storage.ts";

/** What a directory has in it, and what to do then. */
const DIRECTORIES: readonly { has: RegExp; problem: string }[] = [
  {
    has: /^MANIFEST-\d+$/,
    problem:
      "a database of LevelDB or RocksDB: export its records as NDJSON or CSV, and goromdb build makes a file of these",
  },
  {
    has: /^(log\.\d{10}|__db\.\d{3})$/,
    problem: "an environment of Berkeley DB: name the database file in it",
  },
  {
    has: /^(_SUCCESS|part-\d+.*)$/,
    problem:
      "what Spark or Hadoop has written: goromdb build -to cdb -out data.cdb DIRECTORY/part-*",
  },
  {
    has: /\.aof(\.manifest)?$/,
    problem:
      "the append-only files of Redis: let redis-server BGSAVE a dump, of which goromdb build makes a file",
  },
];

/** Entries of a directory that are looked at. */
const LOOKED_AT_ENTRIES = 10_000;

/**
 * The data file at a path: where that is a directory of LMDB, the file in it.
 *
 * @throws {DataFileError} if it is another directory, or an address.
 * @throws {Deno.errors.NotFound} and its like if there is nothing.
 */
export async function dataFileAt(path: string): Promise<string> {
  const address = addressProblem(path);
  if (address !== undefined) throw new DataFileError(path, address);
  const file = await lmdbFile(path);
  if (file === path) return path;
  try {
    await Deno.stat(file);
    return file;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new DataFileError(path, await directoryProblem(path));
  }
}

/** What is said of a directory that has no data file of LMDB in it. */
export async function directoryProblem(path: string): Promise<string> {
  let count = 0;
  for await (const { name } of Deno.readDir(path)) {
    const known = DIRECTORIES.find(({ has }) => has.test(name));
    if (known !== undefined) return `it is a directory, ${known.problem}`;
    if (++count === LOOKED_AT_ENTRIES) break;
  }
  return "it is a directory: name a file in it";
}

/** What is said of an address where a path is wanted; nothing of a path. */
export function addressProblem(path: string): string | undefined {
  const [, scheme] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(path) ?? [];
  switch (scheme?.toLowerCase()) {
    case undefined:
      return undefined;
    case "file":
      return `it is an address, and a path is wanted: ${
        path.replace(/^file:\/\/[^/]*/i, "")
      }`;
    case "s3":
      return `it is an address, and a file is wanted: fetch it first: aws s3 cp ${path} NEW && mv NEW FILE`;
    case "gs":
      return `it is an address, and a file is wanted: fetch it first: gcloud storage cp ${path} NEW && mv NEW FILE`;
    case "http":
    case "https":
    case "ftp":
      return `it is an address, and a file is wanted: fetch it first: curl -fo NEW ${path} && mv NEW FILE`;
    default:
      return `it is an address, and a file is wanted: fetch it first`;
  }
}
