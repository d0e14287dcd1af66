/**
 * The format of an input: told by its first bytes, or by the end of its name.
 *
 * @module
 */

import { extname } from "node:path";
import { detectStorage } from "../../storage/auto.ts";
import { BuildError } from "../error.ts";
import type { Fields } from "./fields.ts";
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
 * @param fields those that records have in NDJSON.
 * @throws {BuildError} if it cannot be told.
 */
export function formatOf(
  { name, head }: Source,
  fields: Fields,
): InputFormat {
  const storage = detectStorage(head);
  // Each of these has a magic number.
  if (storage !== undefined && storage !== "cdb" && storage !== "json") {
    return storage as InputFormat;
  }
  if (isRdb(head)) return "rdb";
  const extension = extname(name.replace(/\.(gz|gzip|zst|zstd)$/i, ""));
  const told = EXTENSIONS[extension.toLowerCase()];
  if (told !== undefined) return told;
  if (storage === "json") return isLines(head, fields) ? "ndjson" : "json";
  const [line] = new TextDecoder().decode(head.subarray(0, 4096)).split("\n");
  // deno-lint-ignore no-control-regex
  if (!/[\0-\x08\x0e-\x1f\ufffd]/.test(line)) {
    if (line.includes("\t")) return "tsv";
    if (line.includes(",")) return "csv";
  } else if (storage === "cdb") return "cdb";
  throw new BuildError(
    head.length === 0
      ? `${name} is empty`
      : `${name}: its format cannot be told from the file; say -from`,
  );
}

/** Whether inputs of the format are read in order, and may come from anywhere. */
export function isReadInOrder(format: InputFormat): boolean {
  return ["json", "ndjson", "csv", "tsv", "mysql", "postgres", "rdb"]
    .includes(format);
}

/** Whether a file begins as Redis' dumps do. */
function isRdb(head: Uint8Array): boolean {
  const start = new TextDecoder().decode(head.subarray(0, 9));
  return /^REDIS\d{4}$/.test(start);
}

/**
 * Whether each line is an object: another one follows the first, or the first
 * has the fields of a record.
 */
function isLines(head: Uint8Array, fields: Fields): boolean {
  const text = new TextDecoder().decode(head).trim();
  const [first] = text.split("\n", 1);
  try {
    const object = JSON.parse(first);
    return first.length < text.length ||
      Object.hasOwn(object, fields.key) && Object.hasOwn(object, fields.value);
  } catch {
    return false;
  }
}
