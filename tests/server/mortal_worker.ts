/**
 * A serving thread that can be made to die, or to fall silent, by a data set
 * whose path says so.
 */

import "../../src/server/serve_worker.ts";
import type { NumberedOrder } from "../../src/server/messages.ts";

const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<NumberedOrder>) => void;
};

const obey = thread.onmessage;

thread.onmessage = (event) => {
  const { data } = event;
  const path = data.order === "prepare" ? data.next.facts.path : "";
  if (path === "die") throw new Error("told to die");
  if (path !== "fall silent") obey(event);
};
