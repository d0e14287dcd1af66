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
  /** All of its bytes, decompressed; closes it in the end. */
  readonly text: Text;
  /** Closes it without reading the text. */
  close(): Promise<void>;
}

/**
 * Opens an input.
 *
 * @param onRead is told how many bytes were read, as they are.
 * @param signal ends the wait for standard input, which may be long.
 * @throws {BuildError} if its compressed data are damaged.
 * @throws {Deno.errors.NotFound} and its like if it cannot be opened.
 */
export async function openSource(
  path: string,
  onRead: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<Source> {
  const name = path === STDIN ? "standard input" : path;
  const raw = path === STDIN ? pieces(stdin(signal)) : filePieces(path);
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
    close: async () => {
      await iterator.return?.();
    },
  };
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

async function* filePieces(path: string): Text {
  using file = await Deno.open(path);
  yield* pieces(file);
}

/** Whole pieces where there are so many bytes: a format is told from the first. */
async function* pieces(from: Reader): Text {
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
