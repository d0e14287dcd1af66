/**
 * The handler for several databases: a key's prefix says which one it is in.
 *
 * ```text
 * users/42      key 42 of the database users
 * users/a/b     key a/b of it: the first separator counts
 * 42, other/42  misses
 * ```
 *
 * @module
 */

import type { DataSet } from "./data_set.ts";
import type { Handler } from "./handler.ts";
import { RoutedDataSet } from "./routed.ts";

/** What stands between the name of a database and a key, if nothing is said. */
export const ROUTE_SEPARATOR = "/";

/**
 * Answers `NAME/KEY` from the handler that is registered by that name.
 *
 * @example
 * ```ts
 * import { JsonStorage, Multiplexer, SimpleHandler } from "@goromdb/cli/mod";
 * import { assertEquals } from "@std/assert";
 *
 * const multiplexer = new Multiplexer()
 *   .register("users", new SimpleHandler(new JsonStorage()))
 *   .register("items", new SimpleHandler(new JsonStorage()));
 * assertEquals(multiplexer.current, undefined); // neither has data yet
 * ```
 */
export class Multiplexer implements Handler {
  readonly #separator: string;
  readonly #handlers = new Map<string, Handler>();
  /** What the handlers' data sets were when {@linkcode #routed} was made. */
  #parts: (DataSet | undefined)[] = [];
  #routed: RoutedDataSet | undefined;

  /**
   * Begins without handlers.
   *
   * @param separator one ASCII character that is in no name.
   */
  constructor(separator: string = ROUTE_SEPARATOR) {
    if (!/^[!-~]$/.test(separator)) {
      throw new RangeError(
        `the separator "${separator}" must be one ASCII character that shows`,
      );
    }
    this.#separator = separator;
  }

  /**
   * Answers the keys of that name from now on.
   *
   * @throws {RangeError} if the name is empty, or has the separator in it.
   */
  register(name: string, handler: Handler): this {
    if (name === "" || name.includes(this.#separator)) {
      throw new RangeError(
        `"${name}" cannot be routed to: a name is not empty, and has no "${this.#separator}" in it`,
      );
    }
    this.#handlers.set(name, handler);
    this.#parts = [];
    return this;
  }

  /**
   * The data sets of all handlers as one. It is the same object until one of
   * them changes; see {@linkcode Handler.current}.
   */
  get current(): DataSet | undefined {
    let n = 0;
    let same = this.#parts.length === this.#handlers.size;
    for (const handler of this.#handlers.values()) {
      if (this.#parts[n] !== handler.current) {
        this.#parts[n] = handler.current;
        same = false;
      }
      n++;
    }
    if (!same) this.#compose();
    return this.#routed;
  }

  #compose(): void {
    const parts = new Map<string, DataSet>();
    for (const [name, { current }] of this.#handlers) {
      if (current !== undefined) parts.set(name, current);
    }
    this.#routed = parts.size === 0
      ? undefined
      : new RoutedDataSet(parts, this.#separator);
  }
}
