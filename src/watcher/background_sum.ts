/**
 * Sums of large files, in a thread of their own that lets others go first: to
 * verify a file keeps a processor busy for seconds, which those who are being
 * answered may need.
 *
 * @module
 */

import { askThread } from "../storage/ask_thread.ts";
import { type SumAlgorithm, sumOf } from "./sum.ts";

/** Up to so many bytes, a thread is not worth its start. */
const SMALL = 4 * 1024 * 1024;

/** What the thread is asked. */
export interface SumRequest {
  /** The file. */
  path: string;
  /** The kind of sum. */
  algorithm: SumAlgorithm;
}

/** What the thread answers. */
export type SumReply = { sum: string } | { problem: string; missing: boolean };

/**
 * Sums up the content of a file, in lower-case hexadecimal.
 *
 * @param size about how many bytes it has.
 * @throws if it cannot be read, or when `signal` aborts.
 */
export async function sumInBackground(
  path: string,
  algorithm: SumAlgorithm,
  size: number,
  signal: AbortSignal,
): Promise<string> {
  if (size <= SMALL) return await sumOf(path, algorithm, signal);
  const entry = new URL("./sum_worker.ts", import.meta.url);
  const request: SumRequest = { path, algorithm };
  const reply = await askThread<SumReply>(
    entry,
    `summing up ${path}`,
    request,
    signal,
  );
  if ("sum" in reply) return reply.sum;
  throw reply.missing
    ? new Deno.errors.NotFound(reply.problem)
    : new Error(reply.problem);
}
