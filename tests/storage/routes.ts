/**
 * All the ways to a record: a walk, a look-up, namespaces, and the storage that
 * a server opens.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { NamespacedStorage } from "../../src/handler/namespaced.ts";
import { createStorage } from "../../src/storage/registry.ts";
import {
  DataFileError,
  type Entry,
  isNamespaced,
  type NamespacedSnapshot,
  type OpenOptions,
  type Snapshot,
} from "../../src/storage/storage.ts";
import { get } from "../fixtures.ts";

/** Keys of a file that others are made from. */
const SAMPLES = 40;

const SEPARATOR = 0x3a;

const NONE = new Uint8Array(0);

/** Keys that are there, and such as are like them and may not be. */
export function keysNear(snapshot: Snapshot): Uint8Array[] {
  const entries = [...snapshot.entries()];
  const step = Math.ceil(entries.length / SAMPLES);
  const keys = entries.filter((_, n) => n % step === 0)
    .map(({ key }) => key.slice());
  return [
    NONE,
    new Uint8Array([0]),
    new Uint8Array([0xff, 0xff]),
    ...keys,
    ...keys.slice(0, 10).flatMap(alike),
  ];
}

/** Keys that differ little from a key. */
function alike(key: Uint8Array): Uint8Array[] {
  const last = key.slice();
  if (last.length > 0) last[last.length - 1] ^= 1;
  return [
    key.subarray(0, -1),
    new Uint8Array([...key, 0]),
    new Uint8Array([0, ...key]),
    last,
  ];
}

/**
 * Makes sure that all ways lead to the same records.
 *
 * @param strangers keys that must not be found, unless a walk gives them.
 */
export function assertFindsAll(
  snapshot: Snapshot,
  strangers: readonly Uint8Array[],
): void {
  if (isNamespaced(snapshot) && snapshot.separator === undefined) {
    assertNamespaces(snapshot, strangers);
  } else assertPlain(snapshot, strangers);
}

function assertPlain(
  snapshot: Snapshot,
  strangers: readonly Uint8Array[],
): void {
  const records = new Map<string, Uint8Array>();
  for (const entry of snapshot.entries()) {
    note(records, entry);
    assertEquals(entry.namespace, undefined);
  }
  assertEquals(snapshot.count(), records.size, "count()");
  const find = snapshot.find.bind(snapshot);
  for (const [key, value] of records) {
    assertFound(get(find, Uint8Array.fromHex(key)), value, key);
  }
  for (const key of strangers) {
    const value = records.get(key.toHex());
    assertFound(get(find, key), value, key.toHex());
  }
  assertDrawn(snapshot.randomKey?.(), records);
}

/** A key or name drawn at random is one of those there are. */
function assertDrawn(
  drawn: Uint8Array | undefined,
  among: { has(key: string): boolean },
): void {
  assert(drawn === undefined || among.has(drawn.toHex()), drawn?.toHex());
}

function assertNamespaces(
  snapshot: NamespacedSnapshot,
  strangers: readonly Uint8Array[],
): void {
  const byName = new Map<string, Map<string, Uint8Array>>();
  let count = 0;
  for (const entry of snapshot.entries()) {
    count++;
    // A record without one cannot be asked for.
    if (entry.namespace === undefined) continue;
    const name = entry.namespace.toHex();
    const records = byName.get(name) ?? new Map<string, Uint8Array>();
    byName.set(name, records);
    note(records, entry);
  }
  assertEquals(snapshot.count(), count, "count()");
  const find = (name: Uint8Array, key: Uint8Array) =>
    get(
      (bytes, start, end, value) => {
        const border = start + name.length;
        return snapshot.findIn(bytes, start, border, border + 1, end, value);
      },
      new Uint8Array([...name, SEPARATOR, ...key]),
    );
  const names = snapshot.namespaces === undefined
    ? [...byName.keys()]
    : [...snapshot.namespaces()].map((name) => name.toHex());
  assertEquals(new Set(names).size, names.length, "a namespace is given twice");
  for (const name of byName.keys()) assert(names.includes(name), name);
  assertDrawn(snapshot.randomNamespace?.(), byName);
  for (const name of names) {
    const records = byName.get(name) ?? new Map<string, Uint8Array>();
    const bytes = Uint8Array.fromHex(name);
    for (const [key, value] of records) {
      assertFound(find(bytes, Uint8Array.fromHex(key)), value, key);
    }
    for (const key of strangers) {
      assertFound(find(bytes, key), records.get(key.toHex()), key.toHex());
    }
    if (snapshot.entriesIn === undefined) continue;
    const walked = new Map<string, Uint8Array>();
    for (const entry of snapshot.entriesIn(bytes)) note(walked, entry);
    assertEquals(hexOf(walked), hexOf(records), `entriesIn(${name})`);
  }
  for (const name of strangers) {
    if (names.includes(name.toHex())) continue;
    assertEquals(find(name, strangers[0]), undefined, name.toHex());
    if (snapshot.entriesIn === undefined) continue;
    assertEquals([...snapshot.entriesIn(name)], []);
  }
}

function note(records: Map<string, Uint8Array>, { key, value }: Entry): void {
  const hex = key.toHex();
  assert(!records.has(hex), `the walk gives ${hex} twice`);
  records.set(hex, value.slice());
}

function hexOf(records: Map<string, Uint8Array>): [string, string][] {
  return [...records].map(([key, value]) => [key, value.toHex()]);
}

/** Compares quickly what is mostly equal. */
function assertFound(
  found: Uint8Array | undefined,
  value: Uint8Array | undefined,
  key: string,
): void {
  if (found === undefined && value === undefined) return;
  if (found === undefined || value === undefined) {
    throw new Error(
      found === undefined
        ? `the key ${key} is not found`
        : `the key ${key} is found, and the walk did not give it`,
    );
  }
  if (found.length === value.length) {
    let i = 0;
    while (i < found.length && found[i] === value[i]) i++;
    if (i === found.length) return;
  }
  assertEquals(found.toHex(), value.toHex(), `the value of ${key}`);
}

/**
 * Opens a file as a server does, with namespaces in keys, and looks all of it
 * up. It may be refused.
 */
export async function assertServed(
  name: string,
  path: string,
  options: OpenOptions,
): Promise<void> {
  const storage = options.namespaced
    ? new NamespacedStorage(createStorage(name), options.separator)
    : createStorage(name);
  let data;
  try {
    data = await storage.open(path, options);
  } catch (error) {
    if (error instanceof DataFileError) return;
    throw error;
  }
  const snapshot = storage.attach(data);
  try {
    const find = snapshot.find.bind(snapshot);
    let count = 0;
    for (const { namespace, key, value } of snapshot.entries()) {
      count++;
      if (namespace?.includes(SEPARATOR)) continue;
      const whole = namespace === undefined
        ? key
        : new Uint8Array([...namespace, SEPARATOR, ...key]);
      if (options.namespaced && namespace === undefined) continue;
      assertFound(get(find, whole), value.slice(), whole.toHex());
    }
    if (data.keys !== undefined) assertEquals(data.keys, count);
  } finally {
    snapshot.close?.();
    storage.close(data);
  }
}
