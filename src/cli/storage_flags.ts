/**
 * The flags that tell how a data file is read: those of the server, and of every
 * command that looks into a file.
 *
 * @module
 */

import { NamespacedStorage } from "../handler/namespaced.ts";
import { dataFileAt } from "../storage/recognize/data_file.ts";
import { createStorage, STORAGE_NAMES } from "../storage/registry.ts";
import {
  DataFileError,
  type OpenOptions,
  type Snapshot,
  type Storage,
} from "../storage/storage.ts";
import { FailureError } from "./errors.ts";
import { choice, type Flag, size, text, toggle, type Values } from "./flags.ts";

/** The flags. */
export const STORAGE_FLAGS = {
  storage: choice(
    STORAGE_NAMES,
    "the format of the data file; auto asks the file",
    "auto",
  ),
  handler: choice(
    ["simple", "namespaced"],
    "how keys are found: as they are, or as NAMESPACE:KEY",
    "simple",
  ),
  "ns-separator": {
    placeholder: "CHARACTER",
    help: "what parts namespace and key with -handler namespaced",
    standard: ":",
    fallback: ":",
    read(text) {
      if (/^[!-~]$/.test(text)) return text;
      throw new RangeError("it must be one ASCII character that shows");
    },
  } as Flag<string>,
  bucket: text("NAME", "the bucket or named database to serve"),
  table: text("NAME", "the table or view to serve from an SQLite file", "kv"),
  "key-column": text("NAME", "its column with the keys", "key"),
  "value-column": text("NAME", "its column with the values", "value"),
  "strip-nul": toggle(
    "keys and values of the file end with a NUL, as Postfix writes them: serve them without it",
  ),
  gzipped: toggle(
    "the data file is gzip'd (recognised without this flag, too)",
  ),
  "max-unpacked": size(
    "how much a packed data file may unpack to",
    "64 times its size, at least 64M and at most 16G",
    undefined,
    1024,
  ),
};

/** What the flags say. */
export type StorageValues = Values<typeof STORAGE_FLAGS>;

/**
 * The storage, and how it is to read files.
 *
 * @param wrap puts something around the storage of the format.
 */
export function storageOf(
  values: StorageValues,
  wrap: (storage: Storage) => Storage = (storage) => storage,
): { storage: Storage; options: OpenOptions; separator?: string } {
  const storage = wrap(createStorage(values.storage ?? "auto"));
  const options = {
    bucket: values.bucket,
    table: values.table,
    keyColumn: values["key-column"],
    valueColumn: values["value-column"],
    stripNul: values["strip-nul"],
    gzipped: values.gzipped,
    maxUnpacked: values["max-unpacked"],
  };
  if (values.handler !== "namespaced") return { storage, options };
  const separator = values["ns-separator"];
  const namespaced = new NamespacedStorage(storage, separator);
  return { storage: namespaced, options, separator };
}

/** A data file that a command looks into. */
export interface DataFile {
  /** The file; of an LMDB directory, the one with the data. */
  readonly path: string;
  /** The storage that has opened it. */
  readonly format: string;
  /** Its records. */
  readonly snapshot: Snapshot;
  /** What stands between namespace and key. */
  readonly separator?: string;
  /** How many records there are, where opening it has told. */
  readonly keys?: number;
}

/**
 * Opens a data file for a command. It stays open until the program ends.
 *
 * @param scan whether the command only walks through it.
 * @throws {FailureError} with one line for the user; its cause is the
 * {@linkcode DataFileError} if the file is not what it should be.
 */
export async function openDataFile(
  path: string,
  values: StorageValues,
  scan = false,
): Promise<DataFile> {
  const { storage, options: plain, separator } = storageOf(values);
  const options = { ...plain, scan };
  try {
    const file = await dataFileAt(path);
    const data = await storage.open(file, options);
    const snapshot = storage.attach(data);
    const { storage: format, keys, warnings = [] } = data;
    for (const warning of warnings) {
      console.error(`goromdb: ${file}: ${warning}`);
    }
    return { path: file, format, snapshot, separator, keys };
  } catch (error) {
    if (error instanceof DataFileError) {
      throw new FailureError(error.message, { cause: error });
    }
    if (error instanceof Deno.errors.NotFound) {
      throw new FailureError(`${path} does not exist`);
    }
    const reason = error instanceof Error ? error.message : String(error);
    throw new FailureError(`cannot read ${path}: ${reason}`);
  }
}
