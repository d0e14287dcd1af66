import { assert, assertEquals, assertThrows } from "@std/assert";
import { openMemcachedb } from "../../../src/storage/memcachedb/memcachedb.ts";
import {
  DataFileError,
  isNamespaced,
  Value,
} from "../../../src/storage/storage.ts";
import {
  assertRecords,
  bytes,
  expectedRecords,
  faultsOf,
  fixturePath,
  fixturesOf,
  get,
} from "../../fixtures.ts";

function open(file: string, namespaced = false) {
  const path = fixturePath(file);
  return openMemcachedb(Deno.readFileSync(path), path, { namespaced });
}

for (const fixture of fixturesOf("memcachedb")) {
  const { file, valid, why } = fixture;
  if (!valid) {
    Deno.test(`refuses ${file}: ${why}`, () => {
      assertThrows(() => open(file), DataFileError);
    });
    continue;
  }
  Deno.test(`reads ${file}: ${why}`, () => {
    const snapshot = open(file);
    assertRecords(snapshot, fixture);
    const value = new Value();
    for (const { k, flags } of expectedRecords(fixture)) {
      const key = bytes(k);
      assert(snapshot.find(key, 0, key.length, value));
      assertEquals(value.flags, flags ?? 0);
    }
    const corrupt = file === "memcachedb/corrupt.db";
    assertEquals([...snapshot.check()].length > 0, corrupt);
  });
}

Deno.test("a damaged record is a miss, and is counted", () => {
  const snapshot = open("memcachedb/corrupt.db");
  const find = snapshot.find.bind(snapshot);
  const lookUp = (key: string) => get(find, new TextEncoder().encode(key));
  assertEquals(snapshot.damaged, 0);
  for (const kind of ["empty", "cut", "negative", "suffix", "text"]) {
    assertEquals(lookUp(`corrupt:${kind}`), undefined);
  }
  assertEquals(snapshot.damaged, 5);
  assert(lookUp("hoge") !== undefined);
  assertEquals(lookUp("not there"), undefined);
  assertEquals(snapshot.damaged, 5);
});

Deno.test("with namespaces a key has its namespace directly before it", () => {
  const snapshot = open("memcachedb/small.db", true);
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
  const value = new Value();
  const wire = new TextEncoder().encode("ho:ge");
  assert(snapshot.findIn(wire, 0, 2, 3, 5, value));
  const data = value.bytes.subarray(value.start, value.end);
  assertEquals(new TextDecoder().decode(data), "hoge!");
});

Deno.test("duplicates in a file that says it has none are a fault", () => {
  const damaged = Deno.readFileSync(fixturePath("memcachedb/dup.db"));
  damaged[48] = 0;
  assert(
    faultsOf(openMemcachedb(damaged, "dup.db", {})).some((fault) =>
      /has several data of a key/.test(fault)
    ),
  );
});
