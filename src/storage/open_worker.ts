/**
 * The thread that opens one file; `background.ts` starts it.
 *
 * @module
 */

import type { OpenReply, OpenRequest } from "./background.ts";
import { lowerPriority } from "./priority.ts";
import { createStorage } from "./registry.ts";
import { DataFileError } from "./storage.ts";

// The library's types are those of the main thread: only this is needed here.
const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<OpenRequest>) => void;
  postMessage(reply: OpenReply): void;
};

lowerPriority();

thread.onmessage = async ({ data: { storage, path, options } }) => {
  try {
    const data = await createStorage(storage).open(path, options);
    thread.postMessage({ data });
  } catch (error) {
    thread.postMessage(
      error instanceof DataFileError
        ? { problem: error.problem, damaged: true }
        : {
          problem: error instanceof Error ? error.message : String(error),
          damaged: false,
        },
    );
  }
};
