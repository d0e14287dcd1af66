/**
 * ZIP files: the names of entries are keys, and what is in them is their value.
 * Stored entries are read in place, deflated ones are inflated as they are read.
 *
 * @module
 */

import { JoinedKeysSnapshot } from "../joined_keys.ts";
import {
  bytesOf,
  closeMemory,
  type FileMemory,
  openMemory,
  warm,
} from "../memory/memory.ts";
import { releaseShared } from "../memory/shared.ts";
import {
  type Cost,
  type Description,
  type Entry,
  type Fault,
  type OpenOptions,
  type SharedData,
  type Snapshot,
  type Storage,
  Value,
} from "../storage.ts";
import type { TableMemory } from "../table/layout.ts";
import { check } from "./check.ts";
import { entries, findDirectory, type ZipDirectory } from "./directory.ts";
import { buildIndex, isFolder } from "./index_table.ts";
import { ZipReader } from "./reader.ts";

/** What reading costs where small contents are inflated. */
const INFLATING_COST: Cost = { find: 20_000, next: 20_000, first: 20_000 };

/** What another thread needs to read the same file. */
interface OpenedZip {
  readonly memory: FileMemory;
  readonly index: TableMemory;
  readonly directory: ZipDirectory;
  readonly path: string;
  readonly options: OpenOptions;
}

/**
 * Serves the entries of a ZIP file. With `namespaced`, their names are `ns:key`,
 * or have another separator, such as the slash.
 *
 * @example
 * ```ts
 * import { DataFileError, ZipStorage } from "@goromdb/cli/mod";
 * import { assertRejects } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".zip" });
 * await Deno.writeTextFile(path, "no ZIP file");
 * await assertRejects(() => new ZipStorage().open(path, {}), DataFileError);
 * await Deno.remove(path);
 * ```
 */
export class ZipStorage implements Storage {
  /** `zip` */
  readonly name = "zip";

  /** Reads the central directory; see {@linkcode Storage.open}. */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    const memory = await openMemory(path, options.memory);
    try {
      const bytes = bytesOf(memory);
      const directory = findDirectory(bytes, path);
      const index = buildIndex(bytes, path, directory);
      if (options.warm) warm(memory);
      const opened: OpenedZip = { memory, index, directory, path, options };
      return { storage: this.name, keys: index.keys, memory: opened };
    } catch (error) {
      closeMemory(memory);
      throw error;
    }
  }

  /** Reads what another thread has opened; see {@linkcode Storage.attach}. */
  attach(data: SharedData): Snapshot {
    const { memory, index, directory, path, options } = data
      .memory as OpenedZip;
    const records = new ZipSnapshot(
      new ZipReader(bytesOf(memory), path, directory, index),
      index.keys,
    );
    return options.namespaced
      ? new JoinedKeysSnapshot(records, options.separator ?? ":")
      : records;
  }

  /** Lets go of the file and its index; see {@linkcode Storage.close}. */
  close(data: SharedData): void {
    const { memory, index } = data.memory as OpenedZip;
    closeMemory(memory);
    releaseShared(index.slots, index.arena);
  }
}

class ZipSnapshot implements Snapshot {
  readonly #reader: ZipReader;
  readonly #count: number;

  constructor(reader: ZipReader, count: number) {
    this.#reader = reader;
    this.#count = count;
  }

  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    return this.#reader.find(bytes, start, end, value);
  }

  *entries(): Iterable<Entry> {
    const { bytes, path, directory } = this.#reader;
    const value = new Value();
    for (const entry of entries(bytes, path, directory)) {
      const { at, name, nameEnd } = entry;
      if (isFolder(bytes, entry)) continue;
      this.#reader.find(bytes, name, nameEnd, value);
      if (this.#reader.foundAt !== at) continue; // a later one has its name
      yield {
        key: bytes.subarray(name, nameEnd),
        value: value.bytes.subarray(value.start, value.end),
      };
    }
  }

  randomKey(): Uint8Array | undefined {
    return this.#reader.randomName();
  }

  get cost(): Cost {
    return INFLATING_COST;
  }

  count(): number {
    return this.#count;
  }

  describe(): Description {
    const { directory } = this.#reader;
    return {
      entries: directory.entries,
      "central directory": directory.end - directory.start,
    };
  }

  check(): Iterable<Fault> {
    return check(this.#reader);
  }
}
