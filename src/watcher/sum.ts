/**
 * Sums of files.
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
