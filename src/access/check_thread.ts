/**
 * A thread that checks passwords, as the control thread sees it. One checks for
 * all serving threads of a listener: so the budget of an address is one, and no
 * more than one processor is kept busy.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { FileText } from "./entries.ts";
import { type Check, Finding, type Verdict } from "./verdict.ts";

const logger = getLogger(["goromdb", "auth"]);

/** One that died is not started again sooner than this, in milliseconds. */
const RESTART_PAUSE_MS = 400;

/** What the thread is asked. */
export type CheckRequest =
  | { readonly ask: "renew"; readonly users: FileText }
  | { readonly ask: "check"; readonly check: Check }
  | { readonly ask: "give up"; readonly id: number };

/** What the thread answers to a check that is not given up. */
export interface CheckReply {
  /** The number of the check. */
  readonly id: number;
  /** What has come of it. */
  readonly verdict: Verdict;
}

/** Checks passwords in a thread of its own. */
export class CheckThread {
  #users: FileText;
  #worker: Worker | undefined;
  #restart: ReturnType<typeof setTimeout> | undefined;
  readonly #entry: URL;
  readonly #waiting = new Map<number, (verdict: Verdict) => void>();
  #lastId = 0;

  /**
   * Starts the thread.
   *
   * @param entry its module; only tests have another.
   */
  constructor(
    users: FileText,
    entry: URL = new URL("./check_worker.ts", import.meta.url),
  ) {
    this.#users = users;
    this.#entry = entry;
    this.#start();
  }

  /**
   * Has a password checked.
   *
   * @param onVerdict is called once, unless the check is given up.
   * @returns the number to give it up by.
   */
  check(
    check: Omit<Check, "id">,
    onVerdict: (verdict: Verdict) => void,
  ): number {
    const id = ++this.#lastId;
    this.#waiting.set(id, onVerdict);
    if (this.#worker === undefined) queueMicrotask(() => this.#turnAway(id));
    else this.#ask({ ask: "check", check: { ...check, id } });
    return id;
  }

  /** Nobody needs it any more. */
  giveUp(id: number): void {
    if (this.#waiting.delete(id)) this.#ask({ ask: "give up", id });
  }

  /** Checks by another list from now on. */
  renew(users: FileText): void {
    this.#users = users;
    this.#ask({ ask: "renew", users });
  }

  /** Ends the thread. */
  close(): void {
    clearTimeout(this.#restart);
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  #start(): void {
    const worker = new Worker(this.#entry, {
      type: "module",
      name: "passwords",
    });
    worker.onmessage = ({ data }: MessageEvent<CheckReply>) => {
      this.#settle(data.id, data.verdict);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      if (worker === this.#worker) this.#replace(event.message);
    };
    this.#worker = worker;
    this.#ask({ ask: "renew", users: this.#users });
  }

  /** Those who wait are told to come again; another thread begins anew. */
  #replace(reason: string): void {
    logger.error(
      "the thread that checks passwords died, starting another: {reason}",
      {
        reason,
      },
    );
    this.close();
    for (const id of [...this.#waiting.keys()]) this.#turnAway(id);
    this.#restart = setTimeout(() => this.#start(), RESTART_PAUSE_MS);
  }

  #turnAway(id: number): void {
    this.#settle(id, { finding: Finding.Crowded });
  }

  #settle(id: number, verdict: Verdict): void {
    const onVerdict = this.#waiting.get(id);
    this.#waiting.delete(id);
    onVerdict?.(verdict);
  }

  #ask(request: CheckRequest): void {
    this.#worker?.postMessage(request);
  }
}
