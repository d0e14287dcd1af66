/**
 * Formats that are read in place, from the bytes of the file.
 *
 * @module
 */

import { mustBeFinished } from "./companions.ts";
import {
  bytesOf,
  closeMemory,
  type FileMemory,
  openMemory,
  warm,
} from "./memory/memory.ts";
import { withoutNul } from "./nul_terminated.ts";
import type { OpenOptions, SharedData, Snapshot, Storage } from "./storage.ts";

/** Counting reads the whole file: above this size, in bytes, only a warmed one. */
const COUNT_LIMIT = 64 * 1024 * 1024;

/**
 * Makes a snapshot that reads the file's bytes; checks what can be checked
 * without reading all of them.
 *
 * @param path is for messages.
 * @throws {DataFileError} if it is not a file of the format.
 */
export type OpenSnapshot = (
  bytes: Uint8Array,
  path: string,
  options: OpenOptions,
) => Snapshot;

/**
 * How many of a file's bytes are in use, where it can be much longer.
 *
 * @param head its first bytes, or all if it is shorter.
 * @returns nothing if they do not tell.
 */
export type UsedBytes = (head: Uint8Array) => number | undefined;

/** So many first bytes tell it in every format. */
const HEAD = 256 * 1024;

/** Whether a snapshot has no record at all. */
function isEmpty(snapshot: Snapshot): boolean {
  for (const _ of snapshot.entries()) return false;
  return true;
}

/** What another thread needs to read the same bytes. */
interface OpenedFile {
  memory: FileMemory;
  path: string;
  options: OpenOptions;
}

/** A storage that maps its files, or reads them whole where it cannot. */
export class FileStorage implements Storage {
  /** The name that `-storage` takes. */
  readonly name: string;
  readonly #openSnapshot: OpenSnapshot;
  readonly #usedBytes: UsedBytes | undefined;

  /**
   * Makes a storage of a format.
   *
   * @param name the name that `-storage` takes.
   * @param openSnapshot reads the format.
   * @param usedBytes tells how much of a file there is to be read.
   */
  constructor(
    name: string,
    openSnapshot: OpenSnapshot,
    usedBytes?: UsedBytes,
  ) {
    this.name = name;
    this.#openSnapshot = openSnapshot;
    this.#usedBytes = usedBytes;
  }

  /** Opens a file; see {@linkcode Storage.open}. */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    await mustBeFinished(this.name, path);
    const used = await this.#used(path);
    const memory = await openMemory(path, options.memory, used);
    try {
      const bytes = bytesOf(memory);
      const name = options.destination ?? path;
      const snapshot = this.#snapshot(bytes, name, options);
      if (options.warm) warm(memory);
      const all = options.warm || bytes.length <= COUNT_LIMIT;
      if (!options.scan) snapshot.checkOrder?.(all);
      const keys = all || isEmpty(snapshot) ? snapshot.count() : undefined;
      const opened: OpenedFile = { memory, path: name, options };
      const inMemory = memory.kind === "read";
      return { storage: this.name, keys, inMemory, memory: opened };
    } catch (error) {
      closeMemory(memory);
      throw error;
    }
  }

  async #used(path: string): Promise<number | undefined> {
    if (this.#usedBytes === undefined) return undefined;
    using file = await Deno.open(path);
    const head = new Uint8Array(HEAD);
    let length = 0;
    for (
      let n;
      length < HEAD && (n = await file.read(head.subarray(length))) !== null;
    ) length += n;
    return this.#usedBytes(head.subarray(0, length));
  }

  /** Reads the bytes that another thread has opened. */
  attach(data: SharedData): Snapshot {
    const { memory, path, options } = data.memory as OpenedFile;
    return this.#snapshot(bytesOf(memory), path, options);
  }

  #snapshot(
    bytes: Uint8Array,
    path: string,
    options: OpenOptions,
  ): Snapshot {
    const snapshot = this.#openSnapshot(bytes, path, options);
    return options.stripNul ? withoutNul(snapshot) : snapshot;
  }

  /** Unmaps the file; see {@linkcode Storage.close}. */
  close(data: SharedData): void {
    closeMemory((data.memory as OpenedFile).memory);
  }
}
