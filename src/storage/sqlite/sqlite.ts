/**
 * SQLite files, read by SQLite itself (`node:sqlite`).
 *
 * @module
 */

import { mustBeFinished } from "../companions.ts";
import {
  DataFileError,
  type OpenOptions,
  type SharedData,
  type Snapshot,
  type Storage,
} from "../storage.ts";
import { Connection } from "./connection.ts";
import { checkHeader, HEADER_SIZE, isWal } from "./header.ts";
import { createSnapshot, type SqliteSnapshot } from "./snapshot.ts";

export { isSqlite } from "./header.ts";

/** Counting reads the whole table: above this size only a warmed one. */
const COUNT_LIMIT = 64 * 1024 * 1024;

/** What a thread needs to open the same file. */
interface OpenedFile {
  path: string;
  options: OpenOptions;
  identity: string;
}

/**
 * Serves a table or view with a column of keys and a column of values; with
 * `namespaced`, all tables that have both, each as a namespace.
 *
 * Keys and values are text or blobs. Each serving thread has a connection of
 * its own, which {@linkcode Snapshot.close} closes.
 *
 * @example
 * ```ts
 * import { SqliteStorage, Value } from "@goromdb/cli/mod";
 * import { assert } from "@std/assert";
 * import { DatabaseSync } from "node:sqlite";
 *
 * const path = await Deno.makeTempFile({ suffix: ".sqlite" });
 * const database = new DatabaseSync(path);
 * database.exec("CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT)");
 * database.exec("INSERT INTO kv VALUES ('hoge', 'hoge!')");
 * database.close();
 *
 * const storage = new SqliteStorage();
 * const snapshot = storage.attach(await storage.open(path, {}));
 * assert(snapshot.find(new TextEncoder().encode("hoge"), 0, 4, new Value()));
 * snapshot.close?.();
 * await Deno.remove(path);
 * ```
 */
export class SqliteStorage implements Storage {
  /** `sqlite` */
  readonly name = "sqlite";

  /**
   * Checks that a file can be served; see {@linkcode Storage.open}.
   *
   * @throws {DataFileError} if it lacks the table, a column, or an index on the
   * keys.
   */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    const identity = identityOf(path);
    await mustBeFinished(this.name, path);
    const snapshot = openSqlite(path, options);
    try {
      if (options.warm) await readWhole(path);
      const all = options.warm || Deno.statSync(path).size <= COUNT_LIMIT;
      const keys = all ? snapshot.count() : snapshot.isEmpty() ? 0 : undefined;
      const left = all ? snapshot.countNull() : 0;
      const warnings = left === 0
        ? []
        : [`rows left out, as their key or value is NULL: ${left}`];
      const opened: OpenedFile = { path, options, identity };
      return { storage: this.name, keys, warnings, memory: opened };
    } finally {
      snapshot.close();
    }
  }

  /** Opens the file in the calling thread; see {@linkcode Storage.attach}. */
  attach(data: SharedData): Snapshot {
    const { path, options, identity } = data.memory as OpenedFile;
    const { destination = path } = options;
    // It may be moved there just now.
    for (const place of [path, destination, path]) {
      if (!isAt(place, identity)) continue;
      try {
        return attachTo(place, identity, options);
      } catch (error) {
        if (isAt(place, identity)) throw error;
      }
    }
    throw new DataFileError(
      destination,
      "is another file than the one checked",
    );
  }

  /** There is nothing to let go of: each snapshot has its own connection. */
  close(): void {}
}

/**
 * Opens a file and checks that it can be served.
 *
 * @throws {DataFileError} if it cannot.
 * @throws {Deno.errors.NotFound} and its like if it cannot be read.
 */
export function openSqlite(path: string, options: OpenOptions): SqliteSnapshot {
  const connection = connect(path, options);
  try {
    const snapshot = createSnapshot(connection, options);
    if (!options.scan) snapshot.checkIndex();
    return snapshot;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/**
 * Opens the file that has been checked.
 *
 * @throws {DataFileError} if that is not at `path` when it has been opened.
 */
function attachTo(
  path: string,
  identity: string,
  options: OpenOptions,
): Snapshot {
  const connection = connect(path, options);
  try {
    if (!isAt(path, identity)) {
      throw new DataFileError(path, "is another file than the one checked");
    }
    return createSnapshot(connection, options);
  } catch (error) {
    connection.close();
    throw error;
  }
}

function connect(path: string, options: OpenOptions): Connection {
  const header = readHeader(path);
  checkHeader(header, Deno.statSync(path).size, path);
  const name = options.destination ?? path;
  return new Connection(path, isWal(header), options.memory, name);
}

/** The first bytes of a file. */
function readHeader(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const header = new Uint8Array(HEADER_SIZE);
  return header.subarray(0, file.readSync(header) ?? 0);
}

/** Tells a file from one that has taken its place. */
function identityOf(path: string): string {
  const { dev, ino, size, mtime } = Deno.statSync(path);
  return [dev, ino, size, mtime?.getTime()].join();
}

function isAt(path: string, identity: string): boolean {
  try {
    return identityOf(path) === identity;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Brings a file into the system's cache. */
async function readWhole(path: string): Promise<void> {
  using file = await Deno.open(path);
  const chunk = new Uint8Array(1024 * 1024);
  while (await file.read(chunk) !== null);
}
