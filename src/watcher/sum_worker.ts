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

thread.onmessage = async ({ data: { path, algorithm, identity } }) => {
  try {
    const sum = await sumOf(path, algorithm, undefined, identity);
    thread.postMessage({ sum });
  } catch (error) {
    const { message, name } = error instanceof Error
      ? error
      : new Error(String(error));
    thread.postMessage({ problem: message, name });
  }
};
