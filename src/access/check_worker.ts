/**
 * The thread that checks passwords; `check_thread.ts` starts it.
 *
 * @module
 */

import { setImmediate } from "node:timers/promises";
import { lowerPriority } from "../storage/priority.ts";
import { CheckQueue } from "./check_queue.ts";
import type { CheckReply, CheckRequest } from "./check_thread.ts";
import { UserList } from "./users.ts";

// The library's types are those of the main thread: only this is needed here.
const thread = globalThis as unknown as {
  onmessage: (event: MessageEvent<CheckRequest>) => void;
  postMessage(reply: CheckReply): void;
};

let queue: CheckQueue | undefined;
let working = false;

lowerPriority();

thread.onmessage = ({ data }) => {
  switch (data.ask) {
    case "renew": {
      const users = new UserList(data.users.text, data.users.path);
      if (queue !== undefined) queue.renew(users);
      else {
        queue = new CheckQueue(users, (id, verdict) => {
          thread.postMessage({ id, verdict });
        });
      }
      break;
    }
    case "check":
      queue?.add(data.check);
      break;
    case "give up":
      queue?.giveUp(data.id);
  }
  if (!working) work();
};

/** Works while there is something to do; what arrives meanwhile is heard. */
async function work(): Promise<void> {
  working = true;
  while (queue !== undefined && queue.waiting > 0) {
    queue.step();
    await setImmediate();
  }
  working = false;
}
