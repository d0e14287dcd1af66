/** Opens the bytes of a ZIP file, without a file. */

import { findDirectory } from "../../../src/storage/zip/directory.ts";
import { buildIndex } from "../../../src/storage/zip/index_table.ts";
import type { OpenOptions, Snapshot } from "../../../src/storage/storage.ts";
import { ZipStorage } from "../../../src/storage/zip/zip.ts";

/** Makes a snapshot of a ZIP file's bytes. */
export function openZip(file: Uint8Array, options: OpenOptions = {}): Snapshot {
  const bytes = new Uint8Array(new SharedArrayBuffer(file.length));
  bytes.set(file);
  const path = "test.zip";
  const directory = findDirectory(bytes, path);
  const index = buildIndex(bytes, path, directory);
  const memory = { kind: "read", bytes };
  return new ZipStorage().attach({
    storage: "zip",
    memory: { memory, index, directory, path, options },
  });
}
