/**
 * `goromdb keys`: lists the keys of a file.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Entry } from "../storage/storage.ts";
import { printable } from "../text/printable.ts";
import { UsageError } from "./errors.ts";
import { readFlags, text, toggle, whole } from "./flags.ts";
import { Output } from "./output.ts";
import { openDataFile, STORAGE_FLAGS } from "./storage_flags.ts";

/** The flags of `keys`. */
export const KEYS_FLAGS = {
  prefix: text("TEXT", "only keys that begin so"),
  json: toggle(
    'print JSON strings, and {"base64": "…"} for keys that are not UTF-8',
  ),
  "0": toggle("print keys as they are, with a NUL behind each"),
  limit: whole("N", "at most so many; 0: all", 0, 0, Number.MAX_SAFE_INTEGER),
  ...STORAGE_FLAGS,
};

const NEWLINE = new Uint8Array([0x0a]), NUL = new Uint8Array([0]);

const utf8 = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Lists keys, a line each, in the order of the file. Bytes that do not print are
 * shown as `\\xNN`, so that each key is one line.
 */
export async function keys(argv: readonly string[]): Promise<number> {
  const { values, operands: [path, ...rest] } = readFlags(KEYS_FLAGS, argv);
  if (values.json && values["0"]) {
    throw new UsageError("-json and -0 cannot go together");
  }
  if (path === undefined || rest.length > 0) {
    throw new UsageError("write goromdb keys FILE");
  }
  const { snapshot, separator } = await openDataFile(path, values, true);
  const prefix = new TextEncoder().encode(values.prefix ?? "");
  const output = new Output();
  let left = values.limit === 0 ? Infinity : values.limit;
  for (const entry of snapshot.entries()) {
    const key = fullKey(entry, separator);
    if (!beginsWith(key, prefix)) continue;
    output.add(
      values["0"] ? key : utf8.encode(
        values.json ? inJson(key) : printable(key),
      ),
    );
    output.add(values["0"] ? NUL : NEWLINE);
    if (output.full) await output.flush();
    if (--left === 0) break;
  }
  await output.flush();
  return 0;
}

function inJson(key: Uint8Array): string {
  try {
    return JSON.stringify(strict.decode(key));
  } catch {
    return JSON.stringify({ base64: Buffer.from(key).toString("base64") });
  }
}

/** The key as clients send it: with its namespace, where there are some. */
export function fullKey(
  { namespace, key }: Entry,
  separator = ":",
): Uint8Array {
  if (namespace === undefined) return key;
  const full = new Uint8Array(namespace.length + 1 + key.length);
  full.set(namespace);
  full[namespace.length] = separator.charCodeAt(0);
  full.set(key, namespace.length + 1);
  return full;
}

function beginsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  if (bytes.length < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) {
    if (bytes[i] !== prefix[i]) return false;
  }
  return true;
}
