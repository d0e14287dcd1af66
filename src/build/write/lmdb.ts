/**
 * Writes LMDB files, through `npm:lmdb`: they have its data format 2.
 *
 * The package is loaded only when such a file is built, because it comes with a
 * native library that not every place has.
 *
 * @module
 */

import type { Database, RootDatabase } from "lmdb";
import { BuildError, namespaceError, recordError } from "../error.ts";
import type { SortedRecord } from "../sort/record.ts";
import type { Plan, Writer } from "./writer.ts";

type Lmdb = typeof import("lmdb");
type Records = Database<Uint8Array, Uint8Array>;

/** The limit of the package for pages of 4,096 bytes. */
const MAX_KEY_SIZE = 1978;

/** How many named databases a file gets at most; a transaction lists them all. */
const MAX_DATABASES = 10_000;

/** A transaction writes up to so many records, or so many bytes of values. */
const MAX_BATCH = 20_000, MAX_BATCH_BYTES = 16 * 1024 * 1024;

const RAW = { keyEncoding: "binary", encoding: "binary" } as const;

/**
 * Begins a file.
 *
 * @throws {BuildError} if the package, or its library, cannot be loaded.
 */
export async function createLmdb(path: string, plan: Plan): Promise<Writer> {
  const lmdb: Lmdb = await import("lmdb").catch((error: Error) => {
    throw new BuildError(
      `the package npm:lmdb, which writes LMDB files, cannot be loaded here (${
        error.message.split("\n")[0]
      }); build another format, or run goromdb with Deno`,
    );
  });
  // It would add to what an interrupted build has left.
  for (const file of [path, lockOf(path)]) {
    await Deno.remove(file).catch(() => {});
  }
  const root = lmdb.open({
    path,
    noSubdir: true,
    maxDbs: plan.namespaced ? MAX_DATABASES : 1,
    noSync: true,
    overlappingSync: false,
    ...RAW,
  }) as RootDatabase<Uint8Array, Uint8Array>;
  return new LmdbWriter(path, root);
}

/** Writes one file. */
class LmdbWriter implements Writer {
  readonly #path: string;
  readonly #root: RootDatabase<Uint8Array, Uint8Array>;
  #records: Records;
  #namespace: Uint8Array | undefined;
  #databases = 0;
  #pending: [key: Uint8Array, value: Uint8Array][] = [];
  #pendingBytes = 0;
  #isOpen = true;

  constructor(path: string, root: RootDatabase<Uint8Array, Uint8Array>) {
    this.#path = path;
    this.#root = root;
    this.#records = root;
  }

  begin(namespace: Uint8Array): void {
    this.#flush();
    const name = new TextDecoder().decode(namespace);
    if (++this.#databases > MAX_DATABASES) {
      throw new BuildError(
        `there are more than ${MAX_DATABASES} namespaces: too many for LMDB`,
      );
    }
    if (
      name === "" || name.includes("\0") || name.includes("\ufffd") ||
      namespace.length >= MAX_KEY_SIZE
    ) {
      throw namespaceError(namespace, "LMDB takes no database of that name");
    }
    this.#namespace = namespace;
    this.#records = this.#root.openDB({ name, ...RAW });
  }

  add(record: SortedRecord): void {
    const { bytes, valueStart, end, key } = record;
    if (key.length === 0 || key.length > MAX_KEY_SIZE) {
      throw recordError(
        key,
        `it has ${key.length} bytes, and LMDB takes 1 to ${MAX_KEY_SIZE}`,
        this.#namespace,
      );
    }
    this.#pending.push([key, bytes.slice(valueStart, end)]);
    this.#pendingBytes += end - valueStart;
    if (
      this.#pending.length === MAX_BATCH ||
      this.#pendingBytes > MAX_BATCH_BYTES
    ) this.#flush();
  }

  async finish(): Promise<void> {
    this.#flush();
    await this.#close();
    await Deno.remove(lockOf(this.#path));
  }

  [Symbol.dispose](): void {
    if (!this.#isOpen) return;
    // Where a build has failed, nobody waits for what closing still writes.
    this.#close().catch(() => {});
    Deno.removeSync(lockOf(this.#path));
  }

  #close(): Promise<void> {
    this.#isOpen = false;
    return this.#root.close();
  }

  /** Writes what is pending: keys come in order, each behind the last. */
  #flush(): void {
    this.#root.transactionSync(() => {
      for (const [key, value] of this.#pending) {
        this.#records.putSync(key, value, { append: true });
      }
    });
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

function lockOf(path: string): string {
  return `${path}-lock`;
}
