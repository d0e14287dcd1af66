/**
 * Inputs that are compressed: gzip and zstd, told by their first bytes.
 *
 * @module
 */

import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { Decompress } from "fzstd";
import { BuildError } from "../error.ts";
import type { Text } from "../../storage/json/text.ts";

const CHUNK = 1024 * 1024;

/** What the two begin with. */
const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];

/**
 * The pieces of an input, decompressed if they are compressed; each is valid
 * until the next is asked for.
 *
 * @param name of the input, for messages.
 * @throws {BuildError} if the compressed data are damaged or cut short.
 */
export async function* decompressed(name: string, pieces: Text): Text {
  const iterator = pieces[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const whole = rejoined(first.value, iterator);
  if (beginsWith(first.value, GZIP)) yield* gunzip(name, whole);
  else if (beginsWith(first.value, ZSTD)) yield* unzstd(name, whole);
  else yield* whole;
}

/** Whether the input is compressed: then it can only be read from its begin on. */
export function isCompressed(head: Uint8Array): boolean {
  return beginsWith(head, GZIP) || beginsWith(head, ZSTD);
}

function beginsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

async function* rejoined(
  first: Uint8Array,
  rest: AsyncIterator<Uint8Array>,
): Text {
  yield first;
  for (let next; !(next = await rest.next()).done;) yield next.value;
}

async function* gunzip(name: string, compressed: Text): Text {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  const source = Readable.from(copies(compressed), { objectMode: false });
  source.on("error", (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk;
  } catch (error) {
    throw damaged(name, "gzip", error);
  }
}

/** zlib may still be at work on a piece when the next one overwrites it. */
async function* copies(pieces: Text): Text {
  for await (const piece of pieces) yield piece.slice();
}

async function* unzstd(name: string, compressed: Text): Text {
  let ready: Uint8Array[] = [];
  const decompress = new Decompress((chunk) => {
    ready.push(chunk);
  });
  const push = (piece: Uint8Array, last: boolean) => {
    try {
      decompress.push(piece, last);
    } catch (error) {
      throw damaged(name, "zstd", error);
    }
  };
  for await (const piece of compressed) {
    push(piece.slice(), false); // it keeps what it cannot use yet
    yield* ready;
    ready = [];
  }
  push(new Uint8Array(0), true);
  yield* ready;
}

function damaged(name: string, kind: string, error: unknown): unknown {
  // Others come from reading the input.
  if (kind === "gzip" && !(error instanceof Error && "code" in error)) {
    return error;
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new BuildError(`${name}: damaged ${kind} data: ${reason}`);
}
