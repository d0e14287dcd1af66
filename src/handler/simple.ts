/**
 * The handler for one database.
 *
 * @module
 */

import type { Storage } from "../storage/storage.ts";
import { DataSet, type SharedDataSet } from "./data_set.ts";
import type { Handler, SwapTarget } from "./handler.ts";

/**
 * Answers every key from one data set, in the thread that made it.
 *
 * @example
 * ```ts
 * import { JsonStorage, SimpleHandler } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const handler = new SimpleHandler(new JsonStorage());
 * assertEquals(handler.current, undefined);
 * ```
 */
export class SimpleHandler implements Handler, SwapTarget {
  readonly #storage: Pick<Storage, "attach">;
  #current: DataSet | undefined;
  #next: DataSet | undefined;
  #released: Promise<void> = Promise.resolve();

  /**
   * Begins without data.
   *
   * @param storage attaches what is swapped in.
   */
  constructor(storage: Pick<Storage, "attach">) {
    this.#storage = storage;
  }

  /** The data set to answer from; see {@linkcode Handler.current}. */
  get current(): DataSet | undefined {
    return this.#current;
  }

  /** Opens the next data set; see {@linkcode SwapTarget.prepare}. */
  prepare(next: SharedDataSet): Promise<void> {
    this.#next = new DataSet(this.#storage.attach(next.data), next.facts);
    return Promise.resolve();
  }

  /** Serves the next data set; see {@linkcode SwapTarget.commit}. */
  commit(): Promise<void> {
    if (this.#next === undefined) {
      return Promise.reject(new TypeError("nothing has been prepared"));
    }
    const former = this.#current;
    this.#current = this.#next;
    this.#next = undefined;
    this.#retire(former);
    return Promise.resolve();
  }

  /** Nobody reads the former data set; see {@linkcode SwapTarget.released}. */
  released(): Promise<void> {
    return this.#released;
  }

  /** Forgets the next data set; see {@linkcode SwapTarget.abort}. */
  abort(): void {
    this.#next = undefined;
  }

  /** Serves nothing any more; {@linkcode released} tells when nobody reads. */
  close(): void {
    this.#retire(this.#current);
    this.#current = this.#next = undefined;
  }

  #retire(former: DataSet | undefined): void {
    if (former === undefined) return;
    former.retire();
    this.#released = former.released.then(() => former.snapshot.close?.());
  }
}
