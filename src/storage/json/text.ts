/**
 * The text of a JSON file, read in pieces: plain or gzip'd, of any length.
 *
 * @module
 */

import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { DataFileError } from "../storage.ts";

const CHUNK = 1024 * 1024;
const GZIP_MAGIC = [0x1f, 0x8b];

/** The pieces of a file's text, each valid until the next is asked for. */
export type Text = AsyncIterable<Uint8Array>;

/**
 * Reads the file at `path`.
 *
 * @param gzipped whether it must be gzip'd; `undefined`: its first bytes tell.
 * @throws {DataFileError} if it is not gzip'd but must be, or is cut short.
 */
export async function* readText(
  path: string,
  gzipped: boolean | undefined,
): Text {
  using file = await Deno.open(path);
  const head = new Uint8Array(2);
  const isGzip = await file.read(head) === 2 &&
    head.every((byte, i) => byte === GZIP_MAGIC[i]);
  if (gzipped && !isGzip) {
    throw new DataFileError(
      path,
      "not a gzip file (it does not begin with 1f 8b); for plain JSON leave out -gzipped",
    );
  }
  await file.seek(0, Deno.SeekMode.Start);
  if (gzipped ?? isGzip) yield* gunzip(path, chunks(file));
  else yield* chunks(file);
}

async function* chunks(file: Deno.FsFile): Text {
  const chunk = new Uint8Array(CHUNK);
  for (let n; (n = await file.read(chunk)) !== null;) {
    yield chunk.subarray(0, n);
  }
}

async function* gunzip(path: string, compressed: Text): Text {
  // A piece is copied because the next overwrites it while zlib may still
  // be at work on this one.
  const copies = async function* () {
    for await (const chunk of compressed) yield chunk.slice();
  };
  const gunzip = createGunzip({ chunkSize: CHUNK });
  const source = Readable.from(copies(), { objectMode: false });
  source.on("error", (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk;
  } catch (error) {
    if (error instanceof Error && "code" in error) {
      throw new DataFileError(path, `damaged gzip data: ${error.message}`);
    }
    throw error;
  }
}
