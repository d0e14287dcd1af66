/**
 * Where an input comes from: a file, or standard input.
 *
 * @module
 */

import type { Text } from "../../storage/json/text.ts";
import { decompressed, isCompressed } from "./decompress.ts";

/** The name of standard input on the command line. */
export const STDIN = "-";

const CHUNK = 1024 * 1024;

/** An input that has been opened. */
export interface Source {
  /** Its path, or `standard input`. */
  readonly name: string;
  /** Its path; none: it can be read only once. */
  readonly path: string | undefined;
  /** Its first bytes, decompressed. */
  readonly head: Uint8Array;
  /** Whether it is gzip'd or zstd'd. */
  readonly compressed: boolean;
  /** All of its bytes, decompressed. */
  readonly text: Text;
}

/**
 * Opens an input.
 *
 * @param onRead is told how many bytes were read, as they are.
 * @throws {BuildError} if its compressed data are damaged.
 * @throws {Deno.errors.NotFound} and its like if it cannot be opened.
 */
export async function openSource(
  path: string,
  onRead: (bytes: number) => void,
): Promise<Source> {
  const name = path === STDIN ? "standard input" : path;
  const raw = path === STDIN ? pieces(Deno.stdin) : filePieces(path);
  let compressed = false, isFirst = true;
  const observed = async function* (): Text {
    for await (const piece of raw) {
      if (isFirst) compressed = isCompressed(piece);
      isFirst = false;
      onRead(piece.length);
      yield piece;
    }
  };
  const iterator = decompressed(name, observed())[Symbol.asyncIterator]();
  const first = await iterator.next();
  const head = first.done ? new Uint8Array(0) : first.value;
  const text = async function* (): Text {
    try {
      if (first.done) return;
      yield head;
      for (let next; !(next = await iterator.next()).done;) yield next.value;
    } finally {
      await iterator.return?.();
    }
  };
  return {
    name,
    path: path === STDIN ? undefined : path,
    head,
    compressed,
    text: text(),
  };
}

async function* filePieces(path: string): Text {
  using file = await Deno.open(path);
  yield* pieces(file);
}

/** Whole pieces where there are so many bytes: a format is told from the first. */
async function* pieces(
  from: { read(to: Uint8Array): Promise<number | null> },
): Text {
  const chunk = new Uint8Array(CHUNK);
  for (let ended = false; !ended;) {
    let length = 0;
    while (length < CHUNK) {
      const n = await from.read(chunk.subarray(length));
      if (n === null) {
        ended = true;
        break;
      }
      length += n;
    }
    if (length > 0) yield chunk.subarray(0, length);
  }
}
