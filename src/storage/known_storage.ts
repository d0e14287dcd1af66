/**
 * A storage that was asked for by its name, and may be given a file of another.
 *
 * @module
 */

import { adviceOn, nounOf, reads } from "./recognize/kind.ts";
import { recognizeFile } from "./recognize/recognize.ts";
import {
  DataFileError,
  type OpenOptions,
  type SharedData,
  type Snapshot,
  type Storage,
} from "./storage.ts";

/** Opens files with a storage, and tells what they are if they are not of it. */
export class KnownStorage implements Storage {
  /** The name of the storage within. */
  readonly name: string;
  readonly #inner: Storage;

  /** Puts itself around a storage. */
  constructor(inner: Storage) {
    this.name = inner.name;
    this.#inner = inner;
  }

  /** Opens a file; see {@linkcode Storage.open}. */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    try {
      return await this.#inner.open(path, options);
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
      const kind = await recognizeFile(path).catch(() => undefined);
      if (kind === undefined || reads(this.name, kind)) throw error;
      throw new DataFileError(
        path,
        `this is ${kind.what}, not ${nounOf(this.name)}: ${adviceOn(kind)}`,
      );
    }
  }

  /** Attaches with the storage within. */
  attach(data: SharedData): Snapshot {
    return this.#inner.attach(data);
  }

  /** Lets the storage within let go. */
  close(data: SharedData): void {
    this.#inner.close(data);
  }
}
