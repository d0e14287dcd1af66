/**
 * A serving thread, as the control thread sees it.
 *
 * @module
 */

import { getLogger } from "@logtape/logtape";
import type { SharedDataSet } from "../handler/data_set.ts";
import type { SwapTarget } from "../handler/handler.ts";
import type { Order, Said } from "./messages.ts";

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
export class WorkerHandle implements SwapTarget {
  readonly #worker: Worker;
  readonly #ring: () => void;
  readonly #waiting = new Map<number, Waiting>();
  #number = 0;
  #dead = false;

  /**
   * Starts the thread.
   *
   * @param entry its module.
   * @param ring makes it look at its orders.
   * @param onDeath is called once, if it ends without having been asked to.
   */
  constructor(
    entry: URL,
    name: string,
    ring: () => void,
    onDeath: (reason: string) => void,
  ) {
    this.#ring = ring;
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

  /** Opens the next data set; see {@linkcode SwapTarget.prepare}. */
  prepare(next: SharedDataSet): Promise<void> {
    return this.order({ order: "prepare", next });
  }

  /**
   * Serves the next data set; see {@linkcode SwapTarget.commit}. A thread that
   * dies meanwhile is replaced by one that serves it.
   */
  async commit(): Promise<void> {
    try {
      await this.order({ order: "commit" });
    } catch (error) {
      if (!(error instanceof WorkerDiedError)) throw error;
    }
  }

  /** Settles when the thread has let go; see {@linkcode SwapTarget.released}. */
  async released(): Promise<void> {
    try {
      await this.order({ order: "released" });
    } catch (error) {
      if (!(error instanceof WorkerDiedError)) throw error;
    }
  }

  /** Forgets the next data set; see {@linkcode SwapTarget.abort}. */
  abort(): void {
    this.order({ order: "abort" }).catch(() => {
      // A dead thread has forgotten everything.
    });
  }

  /** Ends the thread at once. */
  terminate(): void {
    this.#dead = true;
    this.#worker.terminate();
    for (const { reject } of this.#waiting.values()) {
      reject(new WorkerDiedError("a serving thread has died"));
    }
    this.#waiting.clear();
  }

  #hear(said: Said): void {
    if (said.said === "log") {
      const { level, category, message, properties } = said;
      getLogger(category)[level](message, properties);
      return;
    }
    const waiting = this.#waiting.get(said.number);
    this.#waiting.delete(said.number);
    if (said.said === "done") waiting?.resolve();
    else waiting?.reject(new Error(said.reason));
  }
}
