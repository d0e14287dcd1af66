/**
 * The file beside a data file that says its sum.
 *
 * @module
 */

import { basename, resolve } from "node:path";
import type { SumAlgorithm } from "./sum.ts";
import { KINDS, type SumLine, sumLines } from "./sum_lines.ts";

/** How much of a sum file is read, in bytes. */
const READ_LIMIT = 64 * 1024;

const NAMES: Readonly<Record<SumAlgorithm, string>> = {
  md5: "MD5",
  sha256: "SHA-256",
};

/** What a sum file says of a data file: its sum, or why it cannot be told. */
export type SumFile =
  | { readonly sum: string; readonly problem?: undefined }
  | { readonly sum?: undefined; readonly problem: string };

/**
 * Reads a sum file, in any dialect of {@linkcode sumLines}, in UTF-8 or UTF-16.
 *
 * A file with one sum is of the data file, whatever name it gives: that is mostly
 * the one that the file was built under. Of several sums it is the one that names
 * the data file.
 *
 * @param path the sum file.
 * @param algorithm the kind of sum that is wanted.
 * @param dataPath the data file.
 * @param only what the sum file must be, if that matters.
 * @returns the sum in lower case, or what is wrong with the file, in words that go
 * on behind its name; `undefined` if there is no such file, or it is empty.
 *
 * @example
 * ```ts
 * import { readSum } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const path = await Deno.makeTempFile();
 * await Deno.writeTextFile(
 *   path,
 *   "MD5 (data.db) = d1d1e932e78368d21566bbe49235e0d8\n",
 * );
 * assertEquals(await readSum(path, "md5", "drop/data.db"), {
 *   sum: "d1d1e932e78368d21566bbe49235e0d8",
 * });
 * await Deno.remove(path);
 * ```
 */
export async function readSum(
  path: string,
  algorithm: SumAlgorithm,
  dataPath: string,
  only?: { dev: number; ino: number },
): Promise<SumFile | undefined> {
  let bytes: Uint8Array;
  try {
    // To open a pipe would wait until somebody writes to it.
    if (!(await Deno.stat(path)).isFile) {
      return { problem: "is not a regular file" };
    }
    bytes = await readHead(path, only);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  // Whoever writes it there has opened it, and not written yet.
  if (bytes.length === 0) return undefined;
  return choose(sumLines(decode(bytes)), algorithm, dataPath);
}

/** The beginning of a file, without a line that it would cut. */
async function readHead(
  path: string,
  only: { dev: number; ino: number } | undefined,
): Promise<Uint8Array> {
  using file = await Deno.open(path);
  if (only !== undefined) {
    const { dev, ino } = await file.stat();
    // It has just been replaced, and will be read at the next look.
    if (dev !== only.dev || (ino ?? 0) !== only.ino) return new Uint8Array(0);
  }
  const head = new Uint8Array(READ_LIMIT + 1);
  let length = 0;
  for (
    let n;
    length < head.length && (n = await file.read(head.subarray(length)));
  ) length += n;
  if (length <= READ_LIMIT) return head.subarray(0, length);
  return head.subarray(0, head.lastIndexOf(0x0a) + 1 || READ_LIMIT);
}

/** The text of a file; PowerShell's `>` writes UTF-16. */
function decode(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe || first > 0 && second === 0
      ? "utf-16le"
      : first === 0xfe && second === 0xff || first === 0 && second > 0
      ? "utf-16be"
      : "utf-8";
  return new TextDecoder(encoding).decode(bytes);
}

function choose(
  lines: readonly SumLine[],
  algorithm: SumAlgorithm,
  dataPath: string,
): SumFile {
  const wanted = lines.filter((line) => kindOf(line) === plain(algorithm));
  const sums = new Set(wanted.map(({ sum }) => sum));
  if (sums.size === 1) return { sum: wanted[0].sum };
  if (sums.size === 0) return { problem: noSum(lines, algorithm) };

  // `a/data.db` and `b/data.db` are told apart where the path is known.
  for (const isNamed of [isPathOf, isNameOf]) {
    const named = wanted.filter(({ name }) => isNamed(name, dataPath));
    const [first] = named;
    if (first === undefined) continue;
    if (named.every(({ sum }) => sum === first.sum)) return { sum: first.sum };
    return { problem: `has different sums of ${basename(dataPath)}` };
  }
  return {
    problem: `has ${wanted.length} ${NAMES[algorithm]} sums, and none is of ${
      basename(dataPath)
    }`,
  };
}

/** What is there instead of a sum of the kind that is wanted. */
function noSum(lines: readonly SumLine[], algorithm: SumAlgorithm): string {
  const wanted = `holds no ${NAMES[algorithm]} sum`;
  const [other] = lines;
  if (other === undefined) return wanted;
  const known = Object.entries(NAMES)
    .find(([kind]) => plain(kind) === kindOf(other));
  const kind = known?.[1] ?? other.kind ?? KINDS[other.sum.length];
  const it = `${wanted}, but one of the kind ${kind}`;
  return known === undefined
    ? it
    : `${it}: start with -watch ${known[0]}, and name it FILE.${known[0]}`;
}

/** The kind of a sum: what the line says, or else what its length says. */
function kindOf({ kind, sum }: SumLine): string {
  const said = plain(kind ?? KINDS[sum.length]);
  return said === "SHA2256" ? "SHA256" : said;
}

function plain(kind: string): string {
  return kind.toUpperCase().replaceAll(/[-_]/g, "");
}

/** Whether a name is the end of the data file's path: `drop/data.db`. */
function isPathOf(name: string | undefined, dataPath: string): boolean {
  const path = name?.replaceAll("\\", "/").replace(/^(\.\/)+/, "") ?? "";
  const full = resolve(dataPath).replaceAll("\\", "/");
  return path !== "" && (full === path || full.endsWith(`/${path}`));
}

/** Whether a name, or a text, ends in the data file's. */
function isNameOf(name: string | undefined, dataPath: string): boolean {
  const base = basename(dataPath);
  if (name === undefined || !name.endsWith(base)) return false;
  // `shasum` writes U, ? or ^ before a name for how it has read the file.
  return /(^|[\s/\\(])[U?^]?$/.test(
    name.slice(-base.length - 2).slice(0, -base.length),
  );
}
