/**
 * A storage for files of any format: they tell themselves what they are.
 *
 * @module
 */

import { adviceOn } from "./recognize/kind.ts";
import { recognizeFile } from "./recognize/recognize.ts";
import {
  DataFileError,
  type OpenOptions,
  type SharedData,
  type Snapshot,
  type Storage,
} from "./storage.ts";

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

  /**
   * Opens a file with the storage that it asks for.
   *
   * @throws {DataFileError} that tells what it is, if no storage serves it.
   */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    const kind = await recognizeFile(path);
    if (kind === undefined) {
      throw new DataFileError(path, "this is of no format that is known");
    }
    if (kind.storage === undefined) {
      throw new DataFileError(path, `this is ${kind.what}: ${adviceOn(kind)}`);
    }
    return await this.#createStorage(kind.storage).open(path, options);
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
