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

  /**
   * Makes a storage of a format.
   *
   * @param name the name that `-storage` takes.
   * @param openSnapshot reads the format.
   */
  constructor(name: string, openSnapshot: OpenSnapshot) {
    this.name = name;
    this.#openSnapshot = openSnapshot;
  }

  /** Opens a file; see {@linkcode Storage.open}. */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    await mustBeFinished(this.name, path);
    const memory = await openMemory(path, options.memory);
    try {
      const bytes = bytesOf(memory);
      const snapshot = this.#snapshot(bytes, path, options);
      if (options.warm) warm(memory);
      const all = options.warm || bytes.length <= COUNT_LIMIT;
      if (!options.scan) snapshot.checkOrder?.(all);
      const keys = all || isEmpty(snapshot) ? snapshot.count() : undefined;
      const opened: OpenedFile = { memory, path, options };
      return { storage: this.name, keys, memory: opened };
    } catch (error) {
      closeMemory(memory);
      throw error;
    }
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
