/**
 * Writes SQLite files: a table `kv` with the columns `key` and `value`, or a
 * table for each namespace.
 *
 * Keys and values that are text are TEXT, others BLOB. Text with a NUL is a
 * BLOB, too: most programs would read it only up to there.
 *
 * @module
 */

import { isUtf8 } from "node:buffer";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { namespaceError } from "../error.ts";
import type { SortedRecord } from "../sort/record.ts";
import type { Plan, Writer } from "./writer.ts";

/** The table of records without namespaces. */
const STANDARD_TABLE = "kv";

/** So many records are written in a transaction. */
const BATCH = 100_000;

/** Writes one file. */
export class SqliteWriter implements Writer {
  readonly #database: DatabaseSync;
  /** The names of the tables, as SQLite compares them. */
  readonly #tables = new Map<string, string>();
  #insert: StatementSync | undefined;
  #count = 0;
  #open = true;

  /** Begins a file. */
  constructor(path: string, plan: Plan) {
    // SQLite would add to what an interrupted build has left.
    Deno.writeFileSync(path, new Uint8Array(0));
    this.#database = new DatabaseSync(path);
    // Nobody reads the file before it is complete, so that a crash costs nothing.
    this.#database.exec(`
      PRAGMA journal_mode = OFF;
      PRAGMA synchronous = OFF;
      PRAGMA locking_mode = EXCLUSIVE;
      BEGIN;
    `);
    if (!plan.namespaced) this.#begin(STANDARD_TABLE);
  }

  begin(namespace: Uint8Array): void {
    const name = new TextDecoder().decode(namespace);
    if (!isUtf8(namespace) || name.includes("\0") || /^sqlite_/i.test(name)) {
      throw namespaceError(namespace, "SQLite takes no table of that name");
    }
    // It folds the case of ASCII letters, and of no others.
    const folded = name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const other = this.#tables.get(folded);
    if (other !== undefined) {
      throw namespaceError(
        namespace,
        `to SQLite it is the same as ${
          JSON.stringify(other)
        }, because case does not tell its tables apart`,
      );
    }
    this.#tables.set(folded, name);
    this.#begin(name);
  }

  add({ bytes, keyStart, valueStart, end }: SortedRecord): void {
    const key = bytes.slice(keyStart, valueStart);
    const value = bytes.slice(valueStart, end);
    const keyIsText = isText(key), valueIsText = isText(value);
    // Each is bound twice: Deno 2.4 cannot bind a number ("?1").
    this.#insert!.run(keyIsText, key, key, valueIsText, value, value);
    if (++this.#count % BATCH === 0) this.#database.exec("COMMIT; BEGIN");
  }

  finish(): void {
    this.#database.exec("COMMIT");
    this.#close();
  }

  [Symbol.dispose](): void {
    if (this.#open) this.#close();
  }

  #close(): void {
    this.#open = false;
    this.#database.close();
  }

  #begin(name: string): void {
    const table = `"${name.replaceAll('"', '""')}"`;
    this.#database.exec(
      `CREATE TABLE ${table} (key PRIMARY KEY NOT NULL, value NOT NULL)
       WITHOUT ROWID`,
    );
    // Bound as a blob, because a bound string would end at a NUL.
    this.#insert = this.#database.prepare(
      `INSERT INTO ${table} VALUES (
         CASE WHEN ? THEN CAST(? AS TEXT) ELSE ? END,
         CASE WHEN ? THEN CAST(? AS TEXT) ELSE ? END
       )`,
    );
  }
}

function isText(bytes: Uint8Array): number {
  return isUtf8(bytes) && !bytes.includes(0) ? 1 : 0;
}
