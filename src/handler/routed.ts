/**
 * Several data sets as one, for a multiplexer: each key carries the name of the
 * data set that it is looked up in.
 *
 * @module
 */

import {
  type Cost,
  type Entry,
  type Fault,
  type Snapshot,
  USUAL_COST,
  type Value,
} from "../storage/storage.ts";
import { DataSet, type DataSetFacts } from "./data_set.ts";

/** Data sets as they were at one moment, by name. */
export class RoutedDataSet extends DataSet {
  readonly #parts: readonly DataSet[];

  /** Puts the data sets together; they go on being swapped by themselves. */
  constructor(parts: ReadonlyMap<string, DataSet>, separator: string) {
    super(new RoutedSnapshot(parts, separator), factsOf([...parts.values()]));
    this.#parts = [...parts.values()];
  }

  /** When the first of them was replaced; see {@linkcode DataSet.retiredAt}. */
  override get retiredAt(): number {
    return this.#parts.find(({ retiredAt }) => retiredAt !== 0)?.retiredAt ?? 0;
  }

  /** Keeps all of them readable; see {@linkcode DataSet.hold}. */
  override hold(): void {
    for (const part of this.#parts) part.hold();
  }

  /** Ends a {@linkcode hold}. */
  override release(): void {
    for (const part of this.#parts) part.release();
  }
}

/** The figures of all together; the sum changes when one of them changes. */
function factsOf(parts: readonly DataSet[]): DataSetFacts {
  const facts = parts.map(({ facts }) => facts);
  let sum = 0n;
  for (const { version } of parts) {
    const number = BigInt(String.fromCharCode(...version));
    sum = BigInt.asUintN(64, sum * 0x100000001b3n + number);
  }
  return {
    path: facts.map(({ path }) => path).join(", "),
    storage: "multiplexer",
    sum: sum.toString(16).padStart(16, "0"),
    size: facts.reduce((total, { size }) => total + size, 0),
    keys: facts.every(({ keys }) => keys !== undefined)
      ? facts.reduce((total, { keys }) => total + keys!, 0)
      : undefined,
    openedAt: Math.max(...facts.map(({ openedAt }) => openedAt)),
  };
}

/** One snapshot, the keys that lead to it, and those that are looked up ahead. */
interface Route {
  readonly name: Uint8Array;
  readonly snapshot: Snapshot;
  spans: Int32Array;
  count: number;
}

/** Looks `NAME/KEY` up in the snapshot of that name. */
class RoutedSnapshot implements Snapshot {
  /** That of the slowest. */
  readonly cost: Cost;
  readonly #routes: readonly Route[];
  readonly #separator: number;

  constructor(parts: ReadonlyMap<string, DataSet>, separator: string) {
    const encoder = new TextEncoder();
    const costs = [...parts.values()].map(({ cost }) => cost);
    this.cost = costs.reduce(
      (slowest, cost) => cost.find > slowest.find ? cost : slowest,
      USUAL_COST,
    );
    this.#routes = [...parts].map(([name, { snapshot }]) => ({
      name: encoder.encode(name),
      snapshot,
      spans: new Int32Array(0),
      count: 0,
    }));
    this.#separator = separator.charCodeAt(0);
  }

  find(bytes: Uint8Array, start: number, end: number, value: Value): boolean {
    const route = this.#route(bytes, start, end);
    return route !== undefined &&
      route.snapshot.find(bytes, start + route.name.length + 1, end, value);
  }

  prefetch(bytes: Uint8Array, spans: Int32Array, count: number): void {
    for (let n = 0; n < count; n++) {
      const start = spans[n * 2], end = spans[n * 2 + 1];
      const route = this.#route(bytes, start, end);
      if (route?.snapshot.prefetch === undefined) continue;
      if (route.spans.length < count * 2) {
        const spans = new Int32Array(count * 2);
        spans.set(route.spans.subarray(0, route.count * 2));
        route.spans = spans;
      }
      route.spans[route.count * 2] = start + route.name.length + 1;
      route.spans[route.count * 2 + 1] = end;
      route.count++;
    }
    for (const route of this.#routes) {
      if (route.count === 0) continue;
      route.snapshot.prefetch!(bytes, route.spans, route.count);
      route.count = 0;
    }
  }

  *entries(): Iterable<Entry> {
    for (const { name, snapshot } of this.#routes) {
      for (const { namespace, key, value } of snapshot.entries()) {
        yield namespace === undefined
          ? { key: this.#prefixed(name, key), value }
          : { namespace: this.#prefixed(name, namespace), key, value };
      }
    }
  }

  count(): number {
    return this.#routes.reduce(
      (sum, { snapshot }) => sum + snapshot.count(),
      0,
    );
  }

  *check(): Iterable<Fault> {
    for (const { name, snapshot } of this.#routes) {
      const database = new TextDecoder().decode(name);
      for (const { place, problem } of snapshot.check()) {
        yield { place: `${database}: ${place}`, problem };
      }
    }
  }

  get damaged(): number {
    return this.#routes.reduce(
      (sum, { snapshot }) => sum + (snapshot.damaged ?? 0),
      0,
    );
  }

  /** Where the key leads: its name is compared in place. */
  #route(bytes: Uint8Array, start: number, end: number): Route | undefined {
    next: for (const route of this.#routes) {
      const { name } = route;
      const { length } = name;
      if (start + length >= end) continue;
      if (bytes[start + length] !== this.#separator) continue;
      for (let at = 0; at < length; at++) {
        if (bytes[start + at] !== name[at]) continue next;
      }
      return route;
    }
    return undefined;
  }

  #prefixed(name: Uint8Array, key: Uint8Array): Uint8Array {
    const prefixed = new Uint8Array(name.length + 1 + key.length);
    prefixed.set(name);
    prefixed[name.length] = this.#separator;
    prefixed.set(key, name.length + 1);
    return prefixed;
  }
}
