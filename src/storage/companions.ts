/**
 * What an engine keeps beside its data file, and what that means for somebody who
 * reads the file alone.
 *
 * @module
 */

import { dirname } from "node:path";
import type { Beside, Companions } from "../watcher/watcher.ts";
import { environmentFiles, findEnvironment } from "./bdb/environment.ts";
import { findChanges, journalsOf } from "./sqlite/journal.ts";
import { recognizeFile } from "./recognize/recognize.ts";
import { DataFileError } from "./storage.ts";
import { isWritten } from "./write_lock.ts";

/** One kind of companion, and what is decided about it. */
export interface Companion {
  /** The format, by the name that `-storage` takes. */
  readonly format: string;
  /** Its file: FILE is the data file, and DIR its directory. */
  readonly companion: string;
  /** What it is for. */
  readonly meaning: string;
  /** When FILE is refused because of it. */
  readonly refused: string;
}

/**
 * All companions of all formats. No engine changes a cdb, JSON or ZIP file in
 * place, so these have none. MemcacheDB's are Berkeley DB's.
 */
export const COMPANIONS: readonly Companion[] = [
  {
    format: "sqlite",
    companion: "FILE-wal",
    meaning: "transactions that have not been brought into FILE yet",
    refused: "if one in it has been committed",
  },
  {
    format: "sqlite",
    companion: "FILE-journal",
    meaning: "what FILE was before a transaction that has not been finished",
    refused: "if it is hot: neither empty nor zeroed, its super-journal there",
  },
  {
    format: "sqlite",
    companion: "FILE-shm",
    meaning: "an index of FILE-wal",
    refused: "never: it holds no changes",
  },
  {
    format: "bdb",
    companion: "DIR/__db.001",
    meaning:
      "a cache that programs share: pages in it may be newer than FILE's",
    refused: "if a program has the environment open, or has died with it open",
  },
  {
    format: "bdb",
    companion: "DIR/log.0000000001, and so on",
    meaning: "all changes; those behind the last checkpoint may be only here",
    refused:
      "if there are such, made while FILE was open, and it was not closed",
  },
  {
    format: "boltdb",
    companion: "the lock on FILE itself",
    meaning: "a program has FILE open for writing",
    refused: "if so, to be served; commands read what has been committed",
  },
  {
    format: "gdbm",
    companion: "the lock on FILE itself",
    meaning:
      "a program has FILE open for writing, and changes in its own memory",
    refused: "if so",
  },
  {
    format: "lmdb",
    companion: "DIR/lock.mdb, or FILE-lock",
    meaning:
      "who reads, and whose turn it is to write; it stays when all are gone",
    refused:
      "never: what is committed is in FILE, and the next transaction does not touch it",
  },
];

const WRITTEN = "is open in a program that writes it; close it";

/** Looks beside the files that are dropped; see {@linkcode Companions}. */
export const companions: Companions = {
  async look(path: string, at: string = path): Promise<Beside> {
    const { storage: format } = await recognizeFile(at) ?? {};
    if (format === undefined) return {};
    const problem = await findUnfinished(format, path, at);
    if (problem !== undefined) return { problem };
    if (format === "boltdb" && await isWritten(at)) return { problem: WRITTEN };
    const state = await stateOf(format, path);
    return { state };
  },

  async leftBehind(path: string): Promise<string | undefined> {
    return await findChanges(path);
  },
};

/**
 * Why a file, read alone, is not what its engine would read; `undefined` if it is.
 *
 * @param format the name of its storage.
 * @param path where it was written.
 * @param at where its bytes are now.
 */
export async function findUnfinished(
  format: string,
  path: string,
  at: string = path,
): Promise<string | undefined> {
  for (const name of await namesOf(path)) {
    if (format === "sqlite") {
      const log = await findChanges(name);
      if (log === undefined) continue;
      return `is not finished: there are changes in ${log}; close what writes it`;
    }
    if (format === "gdbm" && await isWritten(at)) return WRITTEN;
    if (format === "bdb" || format === "memcachedb-bdb") {
      const reason = await findEnvironment(name, at);
      if (reason !== undefined) return `is not finished: ${reason}`;
    }
  }
}

/**
 * Refuses a file that is not what its engine would read.
 *
 * @throws {DataFileError}
 */
export async function mustBeFinished(
  format: string,
  path: string,
): Promise<void> {
  const problem = await findUnfinished(format, path);
  if (problem !== undefined) throw new DataFileError(path, problem);
}

/** Engines look beside the file that a symbolic link leads to. */
async function namesOf(path: string): Promise<string[]> {
  const isLink = await Deno.lstat(path)
    .then(({ isSymlink }) => isSymlink, () => false);
  return isLink ? [path, await Deno.realPath(path)] : [path];
}

/** What changes while companions are dropped, where a format has such. */
async function stateOf(
  format: string,
  path: string,
): Promise<string | undefined> {
  if (format !== "sqlite" && format !== "bdb") return undefined;
  const states: string[] = [];
  for (const name of await namesOf(path)) {
    const files = format === "sqlite"
      ? journalsOf(name)
      : await environmentFiles(dirname(name));
    for (const file of files) {
      const info = await Deno.stat(file).catch(() => undefined);
      if (info === undefined) continue;
      states.push(`${file} ${info.ino} ${info.size} ${info.mtime?.getTime()}`);
    }
  }
  return states.join("\n");
}
