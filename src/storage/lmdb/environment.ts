/**
 * An LMDB file as a whole: the main database, and the named ones whose records
 * are in it.
 *
 * @module
 */

import { listed } from "../listed.ts";
import { DataFileError, type Description, type Fault } from "../storage.ts";
import { Database } from "./database.ts";
import { F_SUBDATA, MM_MAIN_DB, MN_FLAGS } from "./layout.ts";
import { type Meta, readMetas } from "./meta.ts";
import { Pages } from "./pages.ts";
import { nodeFlags } from "./values.ts";

const NUL = 0;

/** An LMDB file. */
export class Environment {
  /** Its pages. */
  readonly pages: Pages;
  /** The meta page that counts. */
  readonly meta: Meta;
  /** What is wrong with the other one, if anything. */
  readonly metaFaults: readonly Fault[];
  /** The main database, which has no name. */
  readonly main: Database;
  // Where a name is put to have its NUL, in format 2.
  readonly #name: Uint8Array;

  /**
   * Reads the meta pages.
   *
   * @throws {DataFileError} if none can be read.
   */
  constructor(bytes: Uint8Array, path: string) {
    const { meta, faults } = readMetas(bytes, path);
    this.pages = new Pages(path, bytes, meta);
    this.meta = meta;
    this.metaFaults = faults;
    this.main = new Database(this.pages).load(meta.at + MM_MAIN_DB, meta.pgno);
    this.#name = new Uint8Array(this.pages.size);
  }

  /** What the file says of itself. */
  describe(): Description {
    const { format, pageSize, lastPage, txnid } = this.meta;
    return {
      version: `data format ${format}`,
      "page size": pageSize,
      pages: lastPage + 1,
      transaction: txnid,
    };
  }

  /**
   * Finds the named database `bytes[start, end)`.
   *
   * @param database is turned to it.
   * @returns whether there is one.
   */
  findNamed(
    bytes: Uint8Array,
    start: number,
    end: number,
    database: Database,
  ): boolean {
    if (this.pages.format === 2) {
      const length = end - start;
      // No key is as long as a page.
      if (length >= this.#name.length) return false;
      for (let i = 0; i < length; i++) this.#name[i] = bytes[start + i];
      this.#name[length] = NUL;
      bytes = this.#name;
      start = 0;
      end = length + 1;
    }
    const node = this.main.search(bytes, start, end);
    if (node < 0 || nodeFlags(this.main, node) !== F_SUBDATA) return false;
    database.loadNode(node);
    return true;
  }

  /** All named databases with their names, in the order of those. */
  *named(): Iterable<{ name: Uint8Array; database: Database }> {
    for (const node of this.main.nodes()) {
      if (nodeFlags(this.main, node) === F_SUBDATA) yield this.namedAt(node);
    }
  }

  /** The named database whose record is that of a node in the main one. */
  namedAt(node: number): { name: Uint8Array; database: Database } {
    const { pages } = this;
    let name = pages.key(node);
    if (pages.format === 2) {
      if (name.at(-1) !== NUL) {
        throw pages.damaged(
          pages.pageOf(node),
          "has a database whose name does not end in a NUL",
        );
      }
      name = name.subarray(0, -1);
    }
    return { name, database: new Database(pages).loadNode(node) };
  }
}

/**
 * Refuses to take the main database for the records, where it has nothing but the
 * names of others.
 *
 * @throws {DataFileError} that lists them.
 */
export function mustHaveRecords(environment: Environment): void {
  const { main, pages } = environment;
  let isEmpty = true;
  for (const node of main.nodes()) {
    // Flags that cannot be are an error for who reads that record.
    if (pages.u16(node + MN_FLAGS) !== F_SUBDATA) return;
    isEmpty = false;
  }
  if (isEmpty) return;
  throw new DataFileError(
    pages.path,
    `its records are in named databases: choose one of them with -bucket NAME: ${
      names(environment)
    }`,
  );
}

function names(environment: Environment): string {
  const names = Array.from(
    environment.named(),
    ({ name }) => JSON.stringify(new TextDecoder().decode(name)),
  );
  return names.length === 0 ? "none" : listed(names);
}

/**
 * The database of that name.
 *
 * @throws {DataFileError} if there is none; it lists those there are.
 */
export function namedDatabase(
  environment: Environment,
  name: string,
): Database {
  const utf8 = new TextEncoder().encode(name);
  const database = new Database(environment.pages);
  if (!environment.findNamed(utf8, 0, utf8.length, database)) {
    throw new DataFileError(
      environment.pages.path,
      `there is no named database "${name}" in it; there are: ${
        names(environment)
      }`,
    );
  }
  return database;
}
