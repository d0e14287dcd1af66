/**
 * Sums of large files, in a thread of their own that lets others go first: to
 * verify a file keeps a processor busy for seconds, which those who are being
 * answered may need.
 *
 * @module
 */

import { askThread } from "../storage/ask_thread.ts";
import type { FileIdentity } from "./file_identity.ts";
import { OtherFileError, type SumAlgorithm, sumOf } from "./sum.ts";

/** Up to so many bytes, a thread is not worth its start. */
const SMALL = 4 * 1024 * 1024;

/** What the thread is asked. */
export interface SumRequest {
  /** The file. */
  path: string;
  /** The kind of sum. */
  algorithm: SumAlgorithm;
  /** What the file must be. */
  identity: FileIdentity;
}

/** What the thread answers. */
export type SumReply = { sum: string } | {
  problem: string;
  /** The class of the error. */
  name: string;
};

/**
 * Sums up the content of a file, in lower-case hexadecimal.
 *
 * @param identity what the file must be.
 * @throws {OtherFileError} if it is another.
 * @throws if it cannot be read, or when `signal` aborts.
 */
export async function sumInBackground(
  path: string,
  algorithm: SumAlgorithm,
  identity: FileIdentity,
  signal: AbortSignal,
): Promise<string> {
  if (identity.size <= SMALL) {
    return await sumOf(path, algorithm, signal, identity);
  }
  const entry = new URL("./sum_worker.ts", import.meta.url);
  const request: SumRequest = { path, algorithm, identity };
  const reply = await askThread<SumReply>(
    entry,
    `summing up ${path}`,
    request,
    signal,
  );
  if ("sum" in reply) return reply.sum;
  switch (reply.name) {
    case "NotFound":
      throw new Deno.errors.NotFound(reply.problem);
    case "OtherFileError":
      throw new OtherFileError(reply.problem);
    default:
      throw new Error(reply.problem);
  }
}
