/**
 * Where an input comes from: a file, or standard input.
 *
 * @module
 */

import { PackedDataError } from "../../compression/error.ts";
import { type Pieces, readAhead } from "../../compression/pieces.ts";
import { type Packing, packingOf, unpack } from "../../compression/unpack.ts";
import { readTail, utf16Of } from "../../storage/recognize/recognize.ts";
import type { Sample } from "../../storage/recognize/signatures.ts";
import { BuildError } from "../error.ts";

/** The name of standard input on the command line. */
export const STDIN = "-";

const CHUNK = 1024 * 1024;

/** A packing is told from so many bytes, and a format from as many as these. */
const MAGIC_LENGTH = 4, HEAD_LENGTH = 64 * 1024;

/** An input that has been opened. */
export interface Source {
  /** Its path, or `standard input`. */
  readonly name: string;
  /** Its path; none: it can be read only once. */
  readonly path: string | undefined;
  /** What its format is told from: unpacked, and UTF-8 where it was UTF-16. */
  readonly sample: Sample;
  /** How it is packed, if it is. */
  readonly packing: Packing | undefined;
  /** All of its bytes, unpacked; closes it in the end. */
  readonly text: Pieces;
  /** Closes it without reading the text. */
  close(): Promise<void>;
}

/** How inputs are opened. */
export interface SourceOptions {
  /** How many bytes one may unpack to; else its size says. */
  readonly maxUnpacked?: number;
  /** Is told how many bytes were read, as they are. */
  readonly onRead: (bytes: number) => void;
  /** Is told what is odd about an input, and does not matter. */
  readonly onWarning: (warning: string) => void;
  /** Ends the wait for standard input, which may be long. */
  readonly signal?: AbortSignal;
}

/**
 * Opens an input.
 *
 * @throws {BuildError} if its packed data are damaged.
 * @throws {Deno.errors.NotFound} and its like if it cannot be opened.
 */
export async function openSource(
  path: string,
  { maxUnpacked, onRead, onWarning, signal }: SourceOptions,
): Promise<Source> {
  const name = path === STDIN ? "standard input" : path;
  const raw = path === STDIN
    ? { pieces: pieces(stdin(signal)), size: 0 }
    : { pieces: filePieces(path), size: (await Deno.stat(path)).size };
  let read = 0;
  const observed = async function* (): Pieces {
    for await (const piece of raw.pieces) {
      read += piece.length;
      onRead(piece.length);
      yield piece;
    }
  };
  const packed = await readAhead(observed(), MAGIC_LENGTH);
  const packing = packingOf(packed.head);
  const limit = { said: maxUnpacked, packedBytes: () => raw.size || read };
  const plain = packing === undefined ? packed.pieces : inWordsOfBuild(
    name,
    unpack(packing, packed.pieces, {
      limit,
      onWarning: (warning) => onWarning(`${name}: ${warning}`),
    }),
  );
  const encoded = await readAhead(plain, HEAD_LENGTH);
  const encoding = utf16Of(encoded.head);
  const { head, pieces: text } = encoding?.hasMark
    ? await readAhead(toUtf8(encoded.pieces, encoding.label), HEAD_LENGTH)
    : encoded;
  const isWhole = head.length < HEAD_LENGTH;
  const isFile = path !== STDIN && packing === undefined;
  return {
    name,
    path: path === STDIN ? undefined : path,
    sample: {
      head,
      tail: isFile ? await readTail(path) : new Uint8Array(0),
      size: isWhole ? head.length : isFile ? raw.size : Infinity,
    },
    packing,
    text,
    close: async () => {
      await text[Symbol.asyncIterator]().return?.();
    },
  };
}

/** Text in UTF-16 as UTF-8, without its mark. */
async function* toUtf8(pieces: Pieces, label: string): Pieces {
  const decoder = new TextDecoder(label), encoder = new TextEncoder();
  for await (const piece of pieces) {
    const text = decoder.decode(piece, { stream: true });
    if (text !== "") yield encoder.encode(text);
  }
  yield encoder.encode(decoder.decode());
}

async function* inWordsOfBuild(name: string, pieces: Pieces): Pieces {
  try {
    yield* pieces;
  } catch (error) {
    if (!(error instanceof PackedDataError)) throw error;
    throw new BuildError(`${name}: ${error.message}`);
  }
}

/** What bytes come from. */
interface Reader {
  read(to: Uint8Array): Promise<number | null>;
}

function stdin(signal: AbortSignal | undefined): Reader {
  if (signal === undefined) return Deno.stdin;
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  aborted.catch(() => {}); // where nobody waits for input, others see it
  return { read: (to) => Promise.race([Deno.stdin.read(to), aborted]) };
}

async function* filePieces(path: string): Pieces {
  using file = await Deno.open(path);
  yield* pieces(file);
}

/** Whole pieces where there are so many bytes: a format is told from the first. */
async function* pieces(from: Reader): Pieces {
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
