/**
 * A serving thread, as the control thread sees it.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { CheckThread } from "../access/check_thread.ts";
import type { Check, Verdict } from "../access/verdict.ts";
import type { SwapTarget } from "../handler/handler.ts";
import type { Credentials } from "./credentials.ts";
import { lookAtSocketsOften } from "./event_interval.ts";
import type { Order, Said, ServedDatabase } from "./messages.ts";

/** The thread died before it answered. */
export class WorkerDiedError extends Error {
  /** Stable: `WorkerDiedError`. */
  override readonly name = "WorkerDiedError";
}

interface Waiting {
  readonly order: Order["order"];
  resolve(): void;
  reject(error: Error): void;
}

/** Gives orders to one thread, and waits for them to be carried out. */
export class WorkerHandle {
  readonly #worker: Worker;
  readonly #ring: () => void;
  readonly #passwords: CheckThread | undefined;
  /** The checks that the thread waits for: its numbers, and those of the checks. */
  readonly #checks = new Map<number, number>();
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;
  #dead = false;

  /**
   * Starts the thread.
   *
   * @param entry its module.
   * @param ring makes it look at its orders.
   * @param passwords checks passwords for it.
   * @param onDeath is called once, if it ends without having been asked to.
   */
  constructor(
    entry: URL,
    name: string,
    ring: () => void,
    passwords: CheckThread | undefined,
    onDeath: (reason: string) => void,
  ) {
    this.#ring = ring;
    this.#passwords = passwords;
    lookAtSocketsOften();
    this.#worker = new Worker(entry, { type: "module", name });
    this.#worker.onmessage = ({ data }: MessageEvent<Said>) => this.#hear(data);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      if (this.#dead) return;
      this.terminate();
      onDeath(event.message);
    };
  }

  /** Gives an order; settles when it has been carried out. */
  order(order: Order): Promise<void> {
    if (this.#dead) {
      return Promise.reject(new WorkerDiedError("a serving thread has died"));
    }
    const number = ++this.#number;
    const carriedOut = new Promise<void>((resolve, reject) => {
      this.#waiting.set(number, { order: order.order, resolve, reject });
    });
    this.#worker.postMessage({ ...order, number });
    this.#ring();
    return carriedOut;
  }

  /** Serves these databases from now on. One that dies is told when replaced. */
  async serve(databases: readonly ServedDatabase[]): Promise<void> {
    await this.order({ order: "serve", databases }).catch(unlessDead);
  }

  /** Takes these credentials. One that dies is told when replaced. */
  async renew(credentials: Credentials): Promise<void> {
    await this.order({ order: "renew", credentials }).catch(unlessDead);
  }

  /**
   * The thread, as the one who swaps a database's data sees it. A thread that
   * dies after it has prepared is replaced by one that serves the new data.
   */
  target(database: string): SwapTarget {
    return {
      prepare: (next) => this.order({ order: "prepare", database, next }),
      commit: () => this.order({ order: "commit", database }).catch(unlessDead),
      released: () =>
        this.order({ order: "released", database }).catch(unlessDead),
      abort: () => {
        this.order({ order: "abort", database }).catch(() => {
          // A dead thread has forgotten everything.
        });
      },
    };
  }

  /** Ends the thread at once. */
  terminate(): void {
    this.#dead = true;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) {
      reject(new WorkerDiedError("a serving thread has died"));
    }
    this.#waiting.clear();
    for (const check of this.#checks.values()) this.#passwords?.giveUp(check);
    this.#checks.clear();
  }

  #hear(said: Said): void {
    if (said.said === "log") {
      const { level, category, message, properties } = said;
      getLogger(category)[level](message, properties);
      return;
    }
    if (said.said === "check") return this.#check(said.check);
    if (said.said === "give up") return this.#giveUp(said.id);
    const waiting = this.#waiting.get(said.number);
    this.#waiting.delete(said.number);
    if (said.said === "done") waiting?.resolve();
    else waiting?.reject(new Error(said.reason));
  }

  #check({ id, ...check }: Check): void {
    const onVerdict = (verdict: Verdict) => {
      this.#checks.delete(id);
      this.order({ order: "settle", id, verdict }).catch(unlessDead);
    };
    const number = this.#passwords?.check(check, onVerdict);
    if (number !== undefined) this.#checks.set(id, number);
  }

  #giveUp(id: number): void {
    const number = this.#checks.get(id);
    if (number === undefined) return;
    this.#checks.delete(id);
    this.#passwords?.giveUp(number);
  }
}

function unlessDead(error: unknown): void {
  if (!(error instanceof WorkerDiedError)) throw error;
}
