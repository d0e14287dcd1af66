/**
 * Tells what a file is, from its bytes.
 *
 * ```text
 * a magic number                    what it stands for: signatures.ts
 * gzip or zstd                      the same of what is packed, if its begin shows it
 * 256 pointers to tables in order   a cdb, which has no magic number
 * UTF-16 or UTF-8                   what the text begins with: text_kinds.ts
 * ```
 *
 * @module
 */

import { PackedDataError } from "../../compression/error.ts";
import { type Pieces, readAhead } from "../../compression/pieces.ts";
import { type Packing, packingOf, unpack } from "../../compression/unpack.ts";
import { isCdb } from "../cdb/header.ts";
import { type FileKind, served } from "./kind.ts";
import { type Sample, SIGNATURES } from "./signatures.ts";
import { textKindOf } from "./text_kinds.ts";

/** What is read of a file, from its begin and from its end. */
const HEAD_LENGTH = 64 * 1024, TAIL_LENGTH = 64;

/** What is looked at to tell whether it is text. */
const TEXT_LENGTH = 4096;

/** Packings by their names in a sentence, and what undoes them. */
const PACKINGS: Readonly<Record<Packing, { name: string; undo: string }>> = {
  gzip: { name: "gzip'd", undo: "gzip -dc FILE > NEW" },
  zstd: { name: "zstd'd", undo: "zstd -dc FILE > NEW" },
};

const NO_BYTES = new Uint8Array(0);

/** CSV without a line, for one, may be meant. */
const EMPTY: FileKind = {
  what: "an empty file",
  advice: "it has no records",
  isText: true,
};

/**
 * Tells what a file is.
 *
 * @returns nothing if it is of no format that is known.
 * @throws {Deno.errors.NotFound} and its like if it cannot be read.
 */
export async function recognizeFile(
  path: string,
): Promise<FileKind | undefined> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const head = await readAt(file, 0, HEAD_LENGTH);
  const packing = packingOf(head);
  if (packing === undefined) {
    return recognize({ head, tail: await readTail(path), size });
  }
  const packed = async function* (): Pieces {
    yield head;
    for (let at = head.length; at < size; at += HEAD_LENGTH) {
      yield await readAt(file, at, HEAD_LENGTH);
    }
  };
  return await recognizePacked(packing, packed());
}

/**
 * Tells what a file is that has been read.
 *
 * @param sample its first bytes, some thousand of them, and what else is known.
 * @returns nothing if it is of no format that is known.
 *
 * @example
 * ```ts
 * import { recognize } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const head = new TextEncoder().encode(' {"a": 1}');
 * const kind = recognize({ head, tail: head, size: head.length });
 * assertEquals(kind?.storage, "json");
 * ```
 */
export function recognize(sample: Sample): FileKind | undefined {
  const { head, tail, size } = sample;
  if (size === 0) return EMPTY;
  const signature = SIGNATURES.find((signature) => signature.is(sample));
  if (signature !== undefined) return signature.kind;
  if ([head, tail].every((bytes) => bytes.every((byte) => byte === 0))) {
    return {
      what: "a file of zeros",
      advice: "it was made, and never written to",
    };
  }
  if (isCdb(head, size)) return served("cdb");
  const utf16 = utf16Of(head);
  if (utf16 !== undefined) return utf16Kind(head, utf16);
  if (!isText(head)) return undefined;
  return textKindOf(new TextDecoder().decode(head), head.length === size);
}

/** Tells what packed data are, as far as they can be unpacked. */
async function recognizePacked(
  packing: Packing,
  pieces: Pieces,
): Promise<FileKind> {
  const { name, undo } = PACKINGS[packing];
  const limit = { said: Infinity, packedBytes: () => 0 };
  const unpacked = unpack(packing, pieces, { limit, onWarning: () => {} });
  let head: Uint8Array = NO_BYTES;
  try {
    const ahead = await readAhead(unpacked, HEAD_LENGTH);
    await ahead.pieces[Symbol.asyncIterator]().return?.();
    head = ahead.head;
  } catch (error) {
    if (!(error instanceof PackedDataError)) throw error;
    // The storage that reads it will say what is wrong with it.
    return { what: `${name} data`, storage: "json", input: "json" };
  }
  const advice = `unpack it first: ${undo}`;
  if (packingOf(head) !== undefined) {
    return { what: `${name} data that are packed again`, advice };
  }
  const size = head.length < HEAD_LENGTH ? head.length : Infinity;
  const inside = recognize({ head, tail: NO_BYTES, size });
  if (inside === undefined) {
    return { what: `${name} data of no format that is known`, advice };
  }
  const what = `${inside.what}, ${name}`;
  if (inside.storage === "json" || inside.input === "ndjson") {
    return { ...inside, what };
  }
  if (inside.storage !== undefined || inside.input === undefined) {
    return { what, advice };
  }
  return { ...inside, what };
}

/** The last bytes of a file, which some formats are told by. */
export async function readTail(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  return await readAt(file, Math.max(0, size - TAIL_LENGTH), TAIL_LENGTH);
}

/** The bytes at an offset; fewer at the end. */
async function readAt(
  file: Deno.FsFile,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  await file.seek(offset, Deno.SeekMode.Start);
  let end = 0;
  for (
    let n;
    end < length && (n = await file.read(bytes.subarray(end))) !== null;
  ) end += n;
  return bytes.subarray(0, end);
}

/** Whether there is nothing but what text has: of control characters, few. */
function isText(head: Uint8Array): boolean {
  return head.subarray(0, TEXT_LENGTH).every((byte) =>
    byte >= 0x20 && byte !== 0x7f || byte >= 0x08 && byte <= 0x0d ||
    byte === 0x1b
  );
}

/** The encoding of text in UTF-16: told by its mark, or by zeros in every other byte. */
interface Utf16 {
  readonly label: "utf-16le" | "utf-16be";
  readonly hasMark: boolean;
}

/** How text is encoded in UTF-16, if it is. */
export function utf16Of(head: Uint8Array): Utf16 | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) {
    // A zero character would be UTF-32, or no text.
    const isOther = head[2] === 0 && head[3] === 0;
    return isOther ? undefined : { label: "utf-16le", hasMark: true };
  }
  if (head[0] === 0xfe && head[1] === 0xff) {
    return { label: "utf-16be", hasMark: true };
  }
  const pairs = Math.min(head.length, 256) >> 1;
  let low = 0, high = 0;
  for (let i = 0; i < pairs; i++) {
    if (head[2 * i] === 0) high++;
    if (head[2 * i + 1] === 0) low++;
  }
  if (pairs < 2 || low > 0 && high > 0) return undefined;
  // Most characters of JSON and CSV are of ASCII, whatever the language.
  if (low > pairs / 2) return { label: "utf-16le", hasMark: false };
  if (high > pairs / 2) return { label: "utf-16be", hasMark: false };
  return undefined;
}

function utf16Kind(
  head: Uint8Array,
  { label, hasMark }: Utf16,
): FileKind | undefined {
  const text = new TextDecoder(label).decode(head);
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x07\x0e-\x1a\x1c-\x1f]/.test(text)) return undefined;
  const { what, input } = textKindOf(text, false);
  const advice = `make UTF-8 of it: iconv -f ${
    hasMark ? "UTF-16" : label.toUpperCase()
  } -t UTF-8 FILE > NEW`;
  return {
    what: `${what} in UTF-16`,
    input: hasMark ? input : undefined,
    advice,
  };
}
