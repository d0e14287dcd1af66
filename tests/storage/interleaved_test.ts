/**
 * A snapshot is read by many at once: a walk that is under way, of one namespace
 * or of all, must not be led astray by look-ups and other walks in between.
 */

import { assertEquals } from "@std/assert";
import { NamespacedStorage } from "../../src/handler/namespaced.ts";
import { createStorage } from "../../src/storage/registry.ts";
import {
  type Entry,
  isNamespaced,
  type OpenOptions,
  type Snapshot,
  Value,
} from "../../src/storage/storage.ts";
import { type Fixture, fixturePath, fixturesOf, get } from "../fixtures.ts";
import { dice } from "./mutate.ts";

const MANIFESTS = {
  json: "json",
  boltdb: "boltdb",
  bdb: "bdb",
  memcachedb: "memcachedb-bdb",
  lmdb: "lmdb",
  cdb: "cdb",
  gdbm: "gdbm",
  zip: "zip",
  sqlite: "sqlite",
};

/** Things done to each snapshot, one after the other. */
const STEPS = Number(Deno.env.get("GOROMDB_INTERLEAVED") ?? 1500);

/** Walks under way at the same time. */
const WALKS = 6;

/** A larger file makes it slow, and not better. */
const LARGEST = 300_000;

/** A record as text that can be compared. */
function told({ namespace, key, value }: Entry): string {
  return `${namespace?.toHex()} ${key.toHex()} ${value.toHex()}`;
}

/** A walk, and what it must give from first to last. */
interface Walk {
  readonly iterator: Iterator<Entry>;
  readonly expected: readonly string[];
  at: number;
}

class Reader {
  readonly #snapshot: Snapshot;
  readonly #roll: (below: number) => number;
  readonly #all: readonly string[];
  readonly #entries: readonly Entry[];
  readonly #byName = new Map<string, string[]>();
  readonly #walks: Walk[] = [];

  constructor(snapshot: Snapshot, roll: (below: number) => number) {
    this.#snapshot = snapshot;
    this.#roll = roll;
    this.#entries = Array.from(
      snapshot.entries(),
      ({ namespace, key, value }) => ({
        namespace: namespace?.slice(),
        key: key.slice(),
        value: value.slice(),
      }),
    );
    this.#all = this.#entries.map(told);
    for (const entry of this.#entries) {
      if (entry.namespace === undefined) continue;
      const name = entry.namespace.toHex();
      const records = this.#byName.get(name) ?? [];
      this.#byName.set(name, records);
      records.push(told(entry));
    }
  }

  step(): void {
    const { length } = this.#walks;
    if (length < WALKS && this.#roll(WALKS) >= length) return this.#begin();
    if (this.#roll(3) === 0) return this.#lookUp();
    this.#goOn(this.#roll(length));
  }

  #begin(): void {
    const snapshot = this.#snapshot;
    let iterable: Iterable<Entry> = snapshot.entries();
    let expected = this.#all;
    const names = [...this.#byName.keys()];
    if (
      isNamespaced(snapshot) && snapshot.entriesIn && names.length > 0 &&
      this.#roll(3) > 0
    ) {
      const name = names[this.#roll(names.length)];
      iterable = snapshot.entriesIn(Uint8Array.fromHex(name));
      expected = this.#byName.get(name)!;
    }
    const iterator = iterable[Symbol.iterator]();
    this.#walks.push({ iterator, expected, at: 0 });
  }

  #goOn(n: number): void {
    const walk = this.#walks[n];
    for (let count = 1 + this.#roll(20); count > 0; count--) {
      const { done, value } = walk.iterator.next();
      const expected = walk.expected[walk.at++];
      assertEquals(done ? undefined : told(value), expected);
      if (!done) continue;
      this.#walks.splice(n, 1);
      return;
    }
  }

  #lookUp(): void {
    const snapshot = this.#snapshot;
    const value = new Value();
    for (let count = 1 + this.#roll(8); count > 0; count--) {
      const entry = this.#entries[this.#roll(this.#entries.length)];
      if (entry === undefined) return;
      const { namespace, key } = entry;
      let found: Uint8Array | undefined;
      if (isNamespaced(snapshot)) {
        if (namespace === undefined) continue;
        const joined = new Uint8Array([...namespace, ...key]);
        const border = namespace.length;
        const end = joined.length;
        if (snapshot.findIn(joined, 0, border, border, end, value)) {
          found = value.bytes.slice(value.start, value.end);
        }
      } else found = get(snapshot.find.bind(snapshot), key);
      assertEquals(found?.toHex(), entry.value.toHex(), key.toHex());
    }
    if (this.#roll(20) === 0) {
      assertEquals(snapshot.count(), this.#all.length);
    }
    if (this.#roll(20) === 0) { for (const _ of snapshot.check()) break; }
    if (isNamespaced(snapshot) && snapshot.namespaces && this.#roll(4) === 0) {
      for (const _ of snapshot.namespaces()) if (this.#roll(3) === 0) break;
    }
  }
}

function optionsOf({ options }: Fixture): OpenOptions {
  return {
    namespaced: options.namespaced,
    gzipped: options.gzipped,
    bucket: options.bucket ?? options.database,
    table: options.table,
    keyColumn: options.key,
    valueColumn: options.value,
  };
}

for (const [manifest, name] of Object.entries(MANIFESTS)) {
  Deno.test(`walks and look-ups in ${name} files do not disturb each other`, async () => {
    const roll = dice(7);
    for (const fixture of fixturesOf(manifest)) {
      const { file, valid, optional } = fixture;
      const path = fixturePath(file);
      const { isFile, size } = await Deno.stat(path);
      if (!valid || optional || !isFile || size > LARGEST) continue;
      if (file === "sqlite/noindex.sqlite") continue;
      const plain = createStorage(name);
      const options = optionsOf(fixture);
      // Some have namespaces in them that their manifest does not speak of.
      for (const namespaced of new Set([options.namespaced === true, true])) {
        const way = { ...options, namespaced };
        if (namespaced && manifest === "lmdb") delete way.bucket;
        let data;
        const storage = namespaced ? new NamespacedStorage(plain) : plain;
        try {
          data = await storage.open(path, way);
        } catch (error) {
          if (namespaced && !options.namespaced) continue;
          throw error;
        }
        const snapshot = storage.attach(data);
        try {
          const reader = new Reader(snapshot, roll);
          for (let step = 0; step < STEPS; step++) reader.step();
        } catch (error) {
          throw new Error(`${file}, ${JSON.stringify(way)}`, { cause: error });
        } finally {
          snapshot.close?.();
          storage.close(data);
        }
      }
    }
  });
}
