/** The thread that checks passwords, but `die` as a password ends it. */

import type { CheckRequest } from "../../src/access/check_thread.ts";
import "../../src/access/check_worker.ts";

const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<CheckRequest>) => void;
};

const hear = thread.onmessage;

thread.onmessage = (event) => {
  const { data } = event;
  if (data.ask === "check" && data.check.password === "die") {
    throw new Error("it was told to die");
  }
  hear(event);
};
