/**
 * The format of an input: told by its first bytes, or by the end of its name.
 *
 * @module
 */

import { extname } from "node:path";
import type { FileKind } from "../../storage/recognize/kind.ts";
import { recognize } from "../../storage/recognize/recognize.ts";
import { UNKNOWN_TEXT } from "../../storage/recognize/text_kinds.ts";
import { BuildError } from "../error.ts";
import { type Fields, STANDARD_VALUE_FIELD } from "./fields.ts";
import type { Source } from "./source.ts";

/** What can be read. */
export const INPUT_FORMATS = [
  "json",
  "ndjson",
  "csv",
  "tsv",
  "mysql",
  "postgres",
  "rdb",
  "boltdb",
  "bdb",
  "memcachedb-bdb",
  "lmdb",
  "cdb",
  "gdbm",
  "sqlite",
  "zip",
] as const;

/** What can be read. */
export type InputFormat = typeof INPUT_FORMATS[number];

/** By the end of the name, where the first bytes are only text. */
const EXTENSIONS: Readonly<Record<string, InputFormat>> = {
  ".json": "json",
  ".ndjson": "ndjson",
  ".jsonl": "ndjson",
  ".csv": "csv",
  ".tsv": "tsv",
  ".tab": "tsv",
  ".cdb": "cdb",
};

/**
 * The format of an input.
 *
 * @param options say what the user says that it is, what parts fields, and which
 * fields records have.
 * @throws {BuildError} if it cannot be told, or is another than the user says.
 */
export function formatOf(
  { name, sample }: Source,
  { from: said, delimiter, fields }: {
    readonly from?: InputFormat;
    readonly delimiter?: string;
    readonly fields: Fields;
  },
): InputFormat {
  const kind = recognize(sample);
  if (said !== undefined) {
    if (kind === undefined || kind.isText || kind.input === said) return said;
    throw new BuildError(
      `${name}: this is ${kind.what}, not ${said}: ${adviceOnInput(kind)}`,
    );
  }
  if (kind !== undefined && !kind.isText) {
    if (kind.input !== undefined) return kind.input as InputFormat;
    throw new BuildError(
      `${name}: this is ${kind.what}: ${adviceOnInput(kind)}`,
    );
  }
  const extension = extname(name.replace(/\.(gz|gzip|zst|zstd)$/i, ""));
  const told = EXTENSIONS[extension.toLowerCase()];
  if (told !== undefined) return told;
  if (kind?.storage === "json") {
    return isRecord(sample.head, fields) ? "ndjson" : "json";
  }
  // Nothing but CSV has a delimiter of one's own.
  if (delimiter !== undefined) return "csv";
  if (kind?.input !== undefined) return kind.input as InputFormat;
  const [line] = new TextDecoder().decode(sample.head.subarray(0, 4096))
    .split("\n");
  // deno-lint-ignore no-control-regex
  if (!/[\0-\x08\x0e-\x1f\ufffd]/.test(line)) {
    if (line.includes("\t")) return "tsv";
    if (line.includes(",")) return "csv";
  }
  if (kind === undefined || kind.what === UNKNOWN_TEXT) {
    const what = kind?.what ?? "of no format that is known";
    throw new BuildError(`${name}: this is ${what}: say -from`);
  }
  throw new BuildError(`${name}: this is ${kind.what}: ${adviceOnInput(kind)}`);
}

/** What to do about an input that cannot be read as it is. */
function adviceOnInput({ input, advice }: FileKind): string {
  if (input !== undefined) return `say -from ${input}`;
  return advice ?? "it cannot be read";
}

/** Whether inputs of the format are read in order, and may come from anywhere. */
export function isReadInOrder(format: InputFormat): boolean {
  return ["json", "ndjson", "csv", "tsv", "mysql", "postgres", "rdb"]
    .includes(format);
}

/** Whether the text is one object on a line, with the fields of a record. */
function isRecord(head: Uint8Array, fields: Fields): boolean {
  const text = new TextDecoder().decode(head).trim();
  try {
    const object = JSON.parse(text);
    return !text.includes("\n") && Object.hasOwn(object, fields.key) &&
      Object.hasOwn(object, fields.value ?? STANDARD_VALUE_FIELD);
  } catch {
    return false;
  }
}
