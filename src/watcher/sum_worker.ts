/**
 * The thread that sums up one large file; `background_sum.ts` starts it.
 *
 * @module
 */

import { lowerPriority } from "../storage/priority.ts";
import type { SumReply, SumRequest } from "./background_sum.ts";
import { sumOf } from "./sum.ts";

// The library's types are those of the main thread: only this is needed here.
const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<SumRequest>) => void;
  postMessage(reply: SumReply): void;
};

lowerPriority();

thread.onmessage = async ({ data: { path, algorithm } }) => {
  try {
    thread.postMessage({ sum: await sumOf(path, algorithm) });
  } catch (error) {
    thread.postMessage({
      problem: error instanceof Error ? error.message : String(error),
      missing: error instanceof Deno.errors.NotFound,
    });
  }
};
