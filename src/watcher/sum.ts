/**
 * Sums of files, and the files that hold them.
 *
 * @module
 */

import { createHash } from "node:crypto";

/** The kinds of sums. */
export type SumAlgorithm = "md5" | "sha256";

const DIGITS: Record<SumAlgorithm, number> = { md5: 32, sha256: 64 };

/** The kind of a sum, by its length. */
export function algorithmOf(sum: string): SumAlgorithm {
  return sum.length === DIGITS.sha256 ? "sha256" : "md5";
}

// A piece takes well under a millisecond to sum, so the thread stays responsive.
const CHUNK = 256 * 1024;

/** Sums up the content of the file at `path`, in lower-case hexadecimal. */
export async function sumOf(
  path: string,
  algorithm: SumAlgorithm,
  signal?: AbortSignal,
): Promise<string> {
  using file = await Deno.open(path);
  const hash = createHash(algorithm);
  const chunk = new Uint8Array(CHUNK);
  for (let n; (n = await file.read(chunk)) !== null;) {
    signal?.throwIfAborted();
    hash.update(chunk.subarray(0, n));
  }
  return hash.digest("hex");
}

/**
 * Reads a sum file: what `md5sum` and its like print, or the bare digits.
 *
 * @returns the sum in lower case; `null` if the text does not begin with one,
 * or it is not a regular file; `undefined` if there is no such file, or it is
 * empty.
 */
export async function readSum(
  path: string,
  algorithm: SumAlgorithm,
): Promise<string | null | undefined> {
  const head = new Uint8Array(1024);
  let length: number;
  try {
    // To open a pipe would wait until somebody writes to it.
    if (!(await Deno.stat(path)).isFile) return null;
    using file = await Deno.open(path);
    length = await file.read(head) ?? 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  // Whoever writes it there has opened it, and not written yet.
  if (length === 0) return undefined;
  // A backslash is how md5sum marks a line whose file name it has escaped.
  const text = new TextDecoder().decode(head.subarray(0, length));
  const match = text.match(
    new RegExp(`^\\s*\\\\?([0-9a-f]{${DIGITS[algorithm]}})(?![0-9a-f])`, "i"),
  );
  return match ? match[1].toLowerCase() : null;
}
