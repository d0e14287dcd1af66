/**
 * Sums of files.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  type FileIdentity,
  identifyOpen,
  sameIfRenamed,
} from "./file_identity.ts";

/** The kinds of sums. */
export type SumAlgorithm = "md5" | "sha256";

const DIGITS: Record<SumAlgorithm, number> = { md5: 32, sha256: 64 };

/** The kind of a sum, by its length. */
export function algorithmOf(sum: string): SumAlgorithm {
  return sum.length === DIGITS.sha256 ? "sha256" : "md5";
}

// A piece takes well under a millisecond to sum, so the thread stays responsive.
const CHUNK = 256 * 1024;

/** The path leads to another file than the one that was to be summed up. */
export class OtherFileError extends Error {
  /** Stable: `OtherFileError`. */
  override readonly name = "OtherFileError";
}

/**
 * Sums up the content of the file at `path`, in lower-case hexadecimal.
 *
 * @param identity what the file must be, if that matters.
 * @throws {OtherFileError} if it is another.
 */
export async function sumOf(
  path: string,
  algorithm: SumAlgorithm,
  signal?: AbortSignal,
  identity?: FileIdentity,
): Promise<string> {
  using file = await Deno.open(path);
  if (identity !== undefined) {
    const open = await identifyOpen({ file });
    if (!sameIfRenamed(open, identity)) throw new OtherFileError(path);
  }
  const hash = createHash(algorithm);
  const chunk = new Uint8Array(CHUNK);
  for (let n; (n = await file.read(chunk)) !== null;) {
    signal?.throwIfAborted();
    hash.update(chunk.subarray(0, n));
  }
  return hash.digest("hex");
}
