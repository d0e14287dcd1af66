/**
 * A connection to an SQLite file that nobody writes.
 *
 * What `node:sqlite` of Deno 2.4 and 2.9 needs us to mind:
 *
 * - An immutable file has to be opened by URI. Deno hands one on only where all
 *   permissions are granted; otherwise it takes it for a relative path.
 * - A statement that is used after its database was closed ends the process
 *   (2.4).
 * - `iterate()` takes an error for the end of the rows, and its statement must
 *   be kept from the garbage collector (2.4).
 * - `?1` cannot be bound, only `?` (2.4). Text ends at its first NUL (2.4, 2.9).
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { MemoryMode } from "../memory/memory.ts";
import { DataFileError } from "../storage.ts";

/** A row, by the names of the columns. */
export type Row = Record<string, unknown>;

/** What can be bound to a `?`. */
export type Parameter = Uint8Array | string | number | bigint | null;

/** More than SQLite maps. */
const MAP_ALL = 2 ** 31;

/** An open file. Whatever goes wrong in SQLite is a {@linkcode DataFileError}. */
export class Connection {
  /** The file, as messages name it. */
  readonly path: string;
  readonly #database: DatabaseSync;
  #open = true;
  /** Kept from the garbage collector while they are iterated. */
  readonly #iterated = new Set<StatementSync>();

  /**
   * Opens a file.
   *
   * @param wal whether it is in WAL mode.
   * @param memory `read` keeps SQLite from mapping it.
   * @param name what messages call it.
   */
  constructor(path: string, wal: boolean, memory?: MemoryMode, name = path) {
    this.path = name;
    this.#database = this.#guarded(() =>
      openImmutable(path) ?? openByPath(path, wal)
    );
    try {
      this.#database.exec(`
        PRAGMA trusted_schema = OFF;
        PRAGMA automatic_index = OFF;
        PRAGMA mmap_size = ${memory === "read" ? 0 : MAP_ALL};
        BEGIN; -- once, not for each look-up
        SELECT 1 FROM sqlite_schema;
      `);
    } catch (error) {
      this.close();
      throw this.#failure(error);
    }
  }

  /** Compiles a statement. */
  prepare(sql: string): StatementSync {
    this.#assertOpen();
    return this.#guarded(() => this.#database.prepare(sql));
  }

  /** The first row that a statement gives. */
  first(
    statement: StatementSync,
    ...parameters: Parameter[]
  ): Row | undefined {
    this.#assertOpen();
    try {
      return statement.get(...parameters) as Row | undefined;
    } catch (error) {
      throw this.#failure(error);
    }
  }

  /** All rows of a query that has few. */
  all(sql: string, ...parameters: Parameter[]): Row[] {
    const statement = this.prepare(sql);
    return this.#guarded(() => statement.all(...parameters) as Row[]);
  }

  /**
   * The rows of a query, one by one. The last one must have a NULL in its
   * column `end`, and is not told: without it, there was an error.
   */
  *iterate(sql: string, end: string): Iterable<Row> {
    const statement = this.prepare(sql);
    const next = () => {
      this.#assertOpen();
      return this.#guarded(() => rows.next());
    };
    const rows: Iterator<Row, void> = this.#guarded(() => statement.iterate());
    this.#iterated.add(statement);
    try {
      for (let row = next(); !row.done; row = next()) {
        if (row.value[end] === null) return;
        yield row.value;
      }
    } finally {
      if (this.#open) rows.return?.();
      this.#iterated.delete(statement);
    }
    throw new DataFileError(this.path, "SQLite cannot read all of its rows");
  }

  /** Closes the file. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#database.close();
  }

  #assertOpen(): void {
    if (!this.#open) throw new DataFileError(this.path, "has been closed");
  }

  #guarded<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.#failure(error);
    }
  }

  #failure(error: unknown): DataFileError {
    if (error instanceof DataFileError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new DataFileError(this.path, `SQLite: ${message}`);
  }
}

/** Opens a file without locks, journal or log, if Deno lets us. */
function openImmutable(path: string): DatabaseSync | undefined {
  // Deno would ask the user for a file of that name.
  if (Deno.permissions.querySync({ name: "read" }).state !== "granted") return;
  try {
    const url = `${pathToFileURL(resolve(path))}?immutable=1`;
    return new DatabaseSync(url, { readOnly: true });
  } catch {
    return;
  }
}

function openByPath(path: string, wal: boolean): DatabaseSync {
  if (wal) {
    throw new DataFileError(
      path,
      "to read a file in WAL mode without writing beside it needs " +
        "--allow-all; or turn that mode off: PRAGMA journal_mode = DELETE",
    );
  }
  return new DatabaseSync(resolve(path), { readOnly: true });
}
