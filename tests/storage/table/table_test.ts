import { assert, assertEquals } from "@std/assert";
import { Value } from "../../../src/storage/storage.ts";
import { TableBuilder } from "../../../src/storage/table/builder.ts";
import { hash } from "../../../src/storage/table/layout.ts";
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

Deno.test("keys with equal hashes are told apart", () => {
  // Equal 32-bit FNV-1a hashes: http://www.isthe.com/chongo/tech/comp/fnv/
  const pairs = [["costarring", "liquid"], ["declinate", "macallums"]];
  for (const [a, b] of pairs) {
    const [hashA, hashB] = [a, b].map((key) =>
      hash(utf8.encode(key), 0, key.length, 0)
    );
    assertEquals(hashA, hashB);
    const snapshot = table([[a, "first"], [b, "second"]]);
    assertEquals(lookUp(snapshot, a), "first");
    assertEquals(lookUp(snapshot, b), "second");
    assertEquals(lookUp(table([[a, "first"]]), b), undefined);
  }
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
