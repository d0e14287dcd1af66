import { assert, assertEquals } from "@std/assert";
import { Value } from "../../../src/storage/storage.ts";
import { TableBuilder } from "../../../src/storage/table/builder.ts";
import { hash } from "../../../src/storage/table/hash.ts";
import {
  NamespacedTableBuilder,
  NamespacedTableSnapshot,
} from "../../../src/storage/table/namespaced.ts";
import { TableSnapshot } from "../../../src/storage/table/table.ts";
import { get } from "../../fixtures.ts";

const utf8 = new TextEncoder();

function table(records: Iterable<[string, string]>, wide = false) {
  const builder = new TableBuilder({ wide });
  for (const [key, value] of records) {
    builder.set(utf8.encode(key), utf8.encode(value));
  }
  return new TableSnapshot(builder.finish());
}

function lookUp(snapshot: TableSnapshot, key: string): string | undefined {
  const value = get(snapshot.find.bind(snapshot), utf8.encode(key));
  return value && new TextDecoder().decode(value);
}

for (const wide of [false, true]) {
  Deno.test(`a table (${wide ? "wide" : "narrow"}) answers as a Map does`, () => {
    const expected = new Map<string, string>();
    for (let i = 0; i < 50_000; i++) {
      const key = `key ${(i * 7919) % 30_011}`;
      expected.set(key, `${i}`.repeat(i % 40));
    }
    const snapshot = table(expected, wide);
    assertEquals(snapshot.count(), expected.size);
    for (const [key, value] of expected) {
      assertEquals(lookUp(snapshot, key), value);
    }
    for (let i = 30_011; i < 60_000; i++) {
      assertEquals(lookUp(snapshot, `key ${i}`), undefined);
    }
    const entries = new Map(
      [...snapshot.entries()].map(({ key, value }) => [
        new TextDecoder().decode(key),
        new TextDecoder().decode(value),
      ]),
    );
    assertEquals(entries.size, expected.size);
    for (const [key, value] of entries) assertEquals(expected.get(key), value);
  });
}

Deno.test("the last of equal keys wins", () => {
  const snapshot = table([["a", "1"], ["b", "2"], ["a", "3"]]);
  assertEquals(lookUp(snapshot, "a"), "3");
  assertEquals(snapshot.count(), 2);
});

Deno.test("lengths around each size of their encoding are kept", () => {
  for (
    const length of [0, 1, 127, 128, 129, 16_383, 16_384, 2_097_151, 2_097_152]
  ) {
    const long = "x".repeat(length);
    assertEquals(lookUp(table([["k", long]]), "k")?.length, length);
    assertEquals(lookUp(table([[long, "v"], [`${long}y`, "w"]]), long), "v");
  }
});

/** A builder whose secret is the same number everywhere: anagrams collide. */
function builderWithAnagrams(): TableBuilder {
  const { getRandomValues } = crypto;
  crypto.getRandomValues = (array) => {
    if (array instanceof Int32Array) array.fill(0x1234567);
    return array;
  };
  try {
    return new TableBuilder();
  } finally {
    crypto.getRandomValues = getRandomValues;
  }
}

Deno.test("keys with equal hashes are told apart", () => {
  const builder = builderWithAnagrams();
  const keys = ["abc", "acb", "bac", "bca", "cab"].map((key) =>
    utf8.encode(key)
  );
  for (const key of keys) builder.set(key, key);
  const memory = builder.finish();
  const hashes = keys.map((key) => hash(memory.secret, key, 0, 3, 0));
  assertEquals(new Set(hashes).size, 1);
  const snapshot = new TableSnapshot(memory);
  assertEquals(snapshot.count(), 5);
  for (const key of keys) {
    assertEquals(get(snapshot.find.bind(snapshot), key), key);
  }
  assertEquals(lookUp(snapshot, "cba"), undefined);
});

Deno.test("records come in the order of the file, each key once", () => {
  for (const wide of [false, true]) {
    const records: [string, string][] = [["b", "1"], ["a", "2"], ["b", "3"], [
      "c",
      "4",
    ]];
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(
      [...table(records, wide).entries()].map(({ key, value }) =>
        text(key) + text(value)
      ),
      ["a2", "b3", "c4"],
    );
  }
});

Deno.test("keys that were prefetched are found, whatever was asked meanwhile", () => {
  const snapshot = table([["one", "1"], ["two", "2"], ["six", "6"]]);
  const value = new Value();
  const bytes = utf8.encode("one two six nil");
  const spans = Int32Array.from([0, 3, 4, 7, 8, 11, 12, 15]);
  const found = (n: number) =>
    snapshot.find(bytes, spans[2 * n], spans[2 * n + 1], value)
      ? new TextDecoder().decode(value.bytes.slice(value.start, value.end))
      : undefined;

  snapshot.prefetch(bytes, spans, 4);
  assertEquals([0, 1, 2, 3].map(found), ["1", "2", "6", undefined]);
  snapshot.prefetch(bytes, spans, 4);
  assertEquals([2, 0, 1, 3].map(found), ["6", "1", "2", undefined]);
  snapshot.prefetch(bytes, spans, 4);
  assertEquals([0].map(found), ["1"]);
  // Another request has come to lie where the prefetched keys were.
  bytes.set(utf8.encode("nil six two one"));
  assertEquals([1, 2, 3, 0].map(found), ["6", "2", "1", undefined]);
  snapshot.prefetch(bytes, spans, 4);
  bytes.set(utf8.encode("two one nil six"));
  assertEquals([0, 1, 2, 3].map(found), ["2", "1", undefined, "6"]);
});

Deno.test("of equal namespaces the last counts, with its keys", () => {
  const builder = new NamespacedTableBuilder();
  const add = (namespace: string, ...pairs: [string, string][]) => {
    builder.begin(utf8.encode(namespace));
    for (const pair of pairs) {
      const [key, value] = pair.map((text) => utf8.encode(text));
      builder.add(key, 0, key.length, value, 0, value.length);
    }
  };
  add("a", ["k", "old"], ["gone", "x"]);
  add("b", ["k", "b"], ["k", "b2"]);
  add("a", ["k", "new"]);
  const snapshot = new NamespacedTableSnapshot(builder.finish());
  assertEquals(snapshot.count(), 2);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assertEquals(
    [...snapshot.entries()].map(({ namespace, key, value }) =>
      `${text(namespace!)} ${text(key)} ${text(value)}`
    ),
    ["b k b2", "a k new"],
  );
});

Deno.test("an empty table has nothing", () => {
  const snapshot = table([]);
  assertEquals(lookUp(snapshot, ""), undefined);
  assertEquals([...snapshot.entries()], []);
});

Deno.test("a look-up writes nothing but the value it is given", () => {
  const snapshot = table([["a", "1"]]);
  const value = new Value();
  assert(!snapshot.find(utf8.encode("b"), 0, 1, value));
  assertEquals([value.start, value.end, value.flags], [0, 0, 0]);
});
