/**
 * The format of a file, told from the file itself.
 *
 * ```text
 * first bytes                      format
 * 1f 8b, or white space and {      json
 * "SQLite format 3\0"              sqlite
 * 0xED0CDAED at 16                 boltdb
 * 0xBEEFC0DE at 16 or at 24        lmdb
 * 0x13579acd to 0x13579ad1          gdbm, in either byte order
 * "PK\x03\x04", or "PK\x05\x06"      zip
 * a magic number at 12             bdb (not memcachedb-bdb: nothing tells that)
 * 2048 bytes of table pointers     cdb, which has no magic number: the last guess
 * ```
 *
 * @module
 */

import {
  DB_BTREEMAGIC,
  DB_HASHMAGIC,
  DB_HEAPMAGIC,
  DB_QAMMAGIC,
  META_MAGIC,
} from "./bdb/layout.ts";
import { readNumber } from "./bdb/page.ts";
import { isBolt } from "./boltdb/meta.ts";
import { isGdbm } from "./gdbm/header.ts";
import { isLmdb } from "./lmdb/meta.ts";
import { isSqlite } from "./sqlite/header.ts";
import {
  DataFileError,
  type OpenOptions,
  type SharedData,
  type Snapshot,
  type Storage,
} from "./storage.ts";
import { END, LOCAL } from "./zip/layout.ts";

/** What is read of a file to tell its format. */
const HEAD = 4096;

const CDB_HEADER = 2048;

const BDB_MAGICS: ReadonlySet<number> = new Set([
  DB_BTREEMAGIC,
  DB_HASHMAGIC,
  DB_QAMMAGIC,
  DB_HEAPMAGIC,
]);

/**
 * The name of the storage for a file that begins with these bytes, or
 * `undefined`.
 *
 * @example
 * ```ts
 * import { detectStorage } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(detectStorage(new TextEncoder().encode(' {"a": 1}')), "json");
 * ```
 */
export function detectStorage(head: Uint8Array): string | undefined {
  if (isSqlite(head)) return "sqlite";
  if (isBolt(head)) return "boltdb";
  if (isLmdb(head)) return "lmdb";
  if (
    head.length > META_MAGIC + 4 &&
    [true, false].some((little) =>
      BDB_MAGICS.has(readNumber(head, META_MAGIC, little))
    )
  ) return "bdb";
  if (isGdbm(head)) return "gdbm";
  if (isZip(head)) return "zip";
  if (head[0] === 0x1f && head[1] === 0x8b) return "json";
  if (/^\ufeff?\s*\{/.test(new TextDecoder().decode(head))) return "json";
  return head.length >= CDB_HEADER ? "cdb" : undefined;
}

/** Whether a file begins with an entry, or with the end of an empty ZIP file. */
function isZip(head: Uint8Array): boolean {
  return head.length > 4 && [LOCAL, END].includes(readNumber(head, 0, true));
}

/**
 * The same for a file.
 *
 * @returns the name, and how many of its first bytes there were to tell it from.
 * @throws {Deno.errors.NotFound} and its like if it cannot be read.
 */
export async function detectFile(
  path: string,
): Promise<{ name: string | undefined; length: number }> {
  const head = new Uint8Array(HEAD);
  using file = await Deno.open(path);
  let length = 0;
  for (
    let n;
    length < HEAD && (n = await file.read(head.subarray(length))) !== null;
  ) length += n;
  return { name: detectStorage(head.subarray(0, length)), length };
}

/** Opens files of any format that a file tells of itself. */
export class AutoStorage implements Storage {
  /** `auto` */
  readonly name = "auto";
  readonly #createStorage: (name: string) => Storage;

  /**
   * Takes the storages from a registry.
   *
   * @param createStorage makes the storage of a name.
   */
  constructor(createStorage: (name: string) => Storage) {
    this.#createStorage = createStorage;
  }

  /** Opens a file with the storage that it asks for. */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    const { name, length } = await detectFile(path);
    if (name === undefined) {
      throw new DataFileError(
        path,
        length === 0
          ? "the file is empty"
          : "not a format that can be told from the file: say -storage",
      );
    }
    return await this.#createStorage(name).open(path, options);
  }

  /** Attaches with the storage that opened it. */
  attach(data: SharedData): Snapshot {
    return this.#createStorage(data.storage).attach(data);
  }

  /** Lets the storage that opened it let go. */
  close(data: SharedData): void {
    this.#createStorage(data.storage).close(data);
  }
}
