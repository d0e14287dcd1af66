/**
 * Namespaces on the wire: `ns:key`.
 *
 * @module
 */

import {
  DataFileError,
  type Description,
  type Entry,
  type Fault,
  isNamespaced,
  type NamespacedSnapshot,
  type Note,
  type OpenOptions,
  type SharedData,
  type Snapshot,
  type Storage,
  type Value,
} from "../storage/storage.ts";

/**
 * A storage whose keys carry their namespace as a prefix.
 *
 * @example
 * ```ts
 * import { JsonStorage, NamespacedStorage, Value } from "@goromdb/cli/mod";
 * import { assert } from "@std/assert";
 *
 * const path = await Deno.makeTempFile({ suffix: ".json" });
 * await Deno.writeTextFile(path, '{"ns": {"hoge": "hoge!"}}');
 *
 * const storage = new NamespacedStorage(new JsonStorage());
 * const snapshot = storage.attach(await storage.open(path, {}));
 * assert(snapshot.find(new TextEncoder().encode("ns:hoge"), 0, 7, new Value()));
 * await Deno.remove(path);
 * ```
 */
export class NamespacedStorage implements Storage {
  /** The name of the storage within. */
  readonly name: string;
  readonly #inner: Storage;
  readonly #separator: string;

  /**
   * Puts namespaces before the keys of a storage.
   *
   * @param inner opens the files.
   * @param separator one ASCII character; the first one in a key counts.
   */
  constructor(inner: Storage, separator = ":") {
    this.name = inner.name;
    this.#inner = inner;
    this.#separator = separator;
  }

  /** Opens a file with namespaces; see {@linkcode Storage.open}. */
  async open(path: string, options: OpenOptions): Promise<SharedData> {
    const separator = this.#separator;
    const within = { ...options, namespaced: true, separator };
    return { ...await this.#inner.open(path, within), separator };
  }

  /** Attaches to it; see {@linkcode Storage.attach}. */
  attach(data: SharedData): Snapshot {
    const snapshot = this.#inner.attach(data);
    if (isNamespaced(snapshot)) {
      return new PrefixedSnapshot(snapshot, this.#separator.charCodeAt(0));
    }
    throw new DataFileError(this.name, "this storage has no namespaces");
  }

  /** Lets go of the memory; see {@linkcode Storage.close}. */
  close(data: SharedData): void {
    this.#inner.close(data);
  }
}

/** Looks up `ns:key` in a snapshot with namespaces. */
class PrefixedSnapshot implements NamespacedSnapshot {
  readonly separator: number;
  readonly namespaces: NamespacedSnapshot["namespaces"];
  readonly entriesIn: NamespacedSnapshot["entriesIn"];
  readonly randomNamespace: NamespacedSnapshot["randomNamespace"];
  readonly cost: Snapshot["cost"];
  readonly #inner: NamespacedSnapshot;

  constructor(inner: NamespacedSnapshot, separator: number) {
    this.separator = separator;
    this.namespaces = inner.namespaces?.bind(inner);
    this.entriesIn = inner.entriesIn?.bind(inner);
    this.randomNamespace = inner.randomNamespace?.bind(inner);
    this.cost = inner.cost;
    this.#inner = inner;
  }

  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    let at = start;
    while (at < end && bytes[at] !== this.separator) at++;
    return at < end &&
      this.#inner.findIn(bytes, start, at, at + 1, end, value);
  }

  findIn(
    bytes: Uint8Array,
    nsStart: number,
    nsEnd: number,
    start: number,
    end: number,
    value: Value,
  ): boolean {
    return this.#inner.findIn(bytes, nsStart, nsEnd, start, end, value);
  }

  entries(): Iterable<Entry> {
    return this.#inner.entries();
  }

  count(): number {
    return this.#inner.count();
  }

  check(note?: Note): Iterable<Fault> {
    return this.#inner.check(note);
  }

  describe(): Description {
    return this.#inner.describe?.() ?? {};
  }

  close(): void {
    this.#inner.close?.();
  }

  get damaged(): number | undefined {
    return this.#inner.damaged;
  }
}
