/**
 * Opens files in a thread of its own, so that reading and parsing a large file
 * never delays an answer.
 *
 * @module
 */

import { askThread } from "./ask_thread.ts";
import {
  DataFileError,
  type OpenOptions,
  type SharedData,
  type Snapshot,
  type Storage,
} from "./storage.ts";

/** What the thread is asked. */
export interface OpenRequest {
  /** A name in the registry of storages. */
  storage: string;
  /** The file. */
  path: string;
  /** How to read it. */
  options: OpenOptions;
}

/** What the thread answers. */
export type OpenReply =
  | { data: SharedData }
  | { problem: string; damaged: boolean };

/**
 * A storage of the registry whose files are opened in a thread of its own. The
 * thread ends with the opening, and with it all memory that the opening used.
 */
export class BackgroundStorage implements Storage {
  /** The name of the storage within. */
  readonly name: string;
  readonly #inner: Storage;

  /**
   * Takes the opening of files off a storage.
   *
   * @param inner a storage that the registry knows by its name.
   */
  constructor(inner: Storage) {
    this.name = inner.name;
    this.#inner = inner;
  }

  /** Opens a file in the background; see {@linkcode Storage.open}. */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    const entry = new URL("./open_worker.ts", import.meta.url);
    const request: OpenRequest = { storage: this.name, path, options };
    const reply = await askThread<OpenReply>(entry, `opening ${path}`, request);
    if ("data" in reply) return reply.data;
    throw reply.damaged
      ? new DataFileError(path, reply.problem)
      : new Error(reply.problem);
  }

  /** Attaches in the calling thread; see {@linkcode Storage.attach}. */
  attach(data: SharedData): Snapshot {
    return this.#inner.attach(data);
  }

  /** Lets go of the memory; see {@linkcode Storage.close}. */
  close(data: SharedData): void {
    this.#inner.close(data);
  }
}
