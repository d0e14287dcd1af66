/**
 * The databases within one serving thread.
 *
 * @module
 */

import type { DataSet } from "../handler/data_set.ts";
import type { Handler } from "../handler/handler.ts";
import { Multiplexer } from "../handler/multiplexer.ts";
import { NamespacedStorage } from "../handler/namespaced.ts";
import { SimpleHandler } from "../handler/simple.ts";
import type { NamedHandler } from "../protocol/protocol.ts";
import { createStorage } from "../storage/registry.ts";
import type { SharedData, Snapshot } from "../storage/storage.ts";
import type { ServedDatabase } from "./messages.ts";

/** The databases, which may change, as a handler, which does not. */
export class ThreadDatabases implements Handler {
  /** In the order of their numbers. */
  readonly named: NamedHandler[] = [];
  readonly #separator: string | undefined;
  readonly #handlers = new Map<string, SimpleHandler>();
  /** Those that are served no more, until nobody reads their data. */
  readonly #leaving = new Map<string, SimpleHandler>();
  #route: Handler | undefined;

  /**
   * Begins without databases.
   *
   * @param separator what parts name and key, where there are several.
   */
  constructor(separator: string | undefined) {
    this.#separator = separator;
  }

  /** One database's data set, or those of all, told apart by a prefix. */
  get current(): DataSet | undefined {
    return this.#route?.current;
  }

  /** Serves these from now on, and no others; data that are there stay. */
  serve(databases: readonly ServedDatabase[]): void {
    for (const [name, handler] of this.#handlers) {
      if (databases.some((database) => database.name === name)) continue;
      handler.close();
      this.#handlers.delete(name);
      this.#leaving.set(name, handler);
    }
    this.named.splice(
      0,
      Infinity,
      ...databases.map(({ name, counters }) => ({
        name,
        handler: this.handler(name),
        counters,
      })),
    );
    this.#route = this.named.length === 1
      ? this.named[0].handler
      : this.named.reduce(
        (routes, { name, handler }) => routes.register(name, handler),
        new Multiplexer(this.#separator),
      );
  }

  /** The handler of one, which clients need not see yet. */
  handler(name: string): SimpleHandler {
    let handler = this.#handlers.get(name);
    if (handler === undefined) {
      handler = new SimpleHandler({ attach });
      this.#handlers.set(name, handler);
    }
    return handler;
  }

  /** Settles when nobody reads what was replaced, or served last. */
  async released(name: string): Promise<void> {
    const leaving = this.#leaving.get(name);
    await leaving?.released();
    if (this.#leaving.get(name) === leaving) this.#leaving.delete(name);
    await this.#handlers.get(name)?.released();
  }
}

/** Attaches to what any storage has opened. */
function attach(data: SharedData): Snapshot {
  const storage = createStorage(data.storage);
  const { separator } = data;
  return separator === undefined
    ? storage.attach(data)
    : new NamespacedStorage(storage, separator).attach(data);
}
