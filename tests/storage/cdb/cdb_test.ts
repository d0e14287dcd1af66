import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  DataFileError,
  type Fault,
  isNamespaced,
  type NamespacedSnapshot,
  type Snapshot,
  Value,
} from "../../../src/storage/storage.ts";
import { FileStorage } from "../../../src/storage/file_storage.ts";
import { openCdb } from "../../../src/storage/cdb/cdb.ts";
import { hash } from "../../../src/storage/cdb/layout.ts";
import { libc } from "../../../src/storage/memory/libc.ts";
import {
  assertRecords,
  bytes,
  expectedRecords,
  fixturePath,
  fixturesOf,
  get,
} from "../../fixtures.ts";
import { cdbFile, cdbPieces, type Pair } from "./writer.ts";

const utf8 = new TextEncoder();
const text = new TextDecoder();

function pairs(records: [string, string][]): Pair[] {
  return records.map(([key, value]) => [utf8.encode(key), utf8.encode(value)]);
}

function open(file: Uint8Array): Snapshot {
  return openCdb(file, "test.cdb", {});
}

function openNamespaced(
  file: Uint8Array,
  separator?: string,
): NamespacedSnapshot {
  const options = { namespaced: true, separator };
  const snapshot = openCdb(file, "test.cdb", options);
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
  return snapshot;
}

function lookUp(snapshot: Snapshot, key: string): string | undefined {
  const value = get(snapshot.find.bind(snapshot), utf8.encode(key));
  return value && text.decode(value);
}

function faults(file: Uint8Array): string[] {
  return [...open(file).check()].map(({ place, problem }: Fault) =>
    `${place}: ${problem}`
  );
}

function put32(file: Uint8Array, at: number, number: number): void {
  new DataView(file.buffer).setUint32(at, number, true);
}

function get32(file: Uint8Array, at: number): number {
  return new DataView(file.buffer).getUint32(at, true);
}

/** Where the table of a key begins, in a classic file. */
function tableOf(file: Uint8Array, key: string): number {
  return get32(file, hash(utf8.encode(key), 0, key.length) % 256 * 8);
}

/** Where the slot of a key is, in a classic file with no other in its table. */
function slotOf(file: Uint8Array, key: string): number {
  const table = tableOf(file, key);
  return get32(file, table + 4) !== 0 ? table : table + 8;
}

for (const fixture of fixturesOf("cdb")) {
  const { file, valid, why } = fixture;
  if (valid) {
    Deno.test(`reads ${file}: ${why}`, () => {
      const path = fixturePath(file);
      const snapshot = openCdb(Deno.readFileSync(path), path, {});
      assertRecords(snapshot, fixture);
      assertEquals([...snapshot.check()], []);
    });
    Deno.test(`reads the records of ${file} in the 64-bit form`, () => {
      const records = expectedRecords(fixture).flatMap(({ k, v }): Pair[] =>
        v === undefined ? [] : [[bytes(k), bytes(v)]]
      );
      const snapshot = open(cdbFile(records, 8));
      const find = snapshot.find.bind(snapshot);
      for (const [key, value] of records) assertEquals(get(find, key), value);
      for (const key of fixture.missing) {
        assertEquals(get(find, bytes(key)), undefined);
      }
      assertEquals([...snapshot.entries()].length, records.length);
      assertEquals(snapshot.count(), records.length);
      assertEquals([...snapshot.check()], []);
    });
  } else {
    Deno.test(`refuses ${file}: ${why}`, async () => {
      const path = fixturePath(file);
      const storage = new FileStorage("cdb", openCdb);
      const error = await assertRejects(
        () => storage.open(path, {}),
        DataFileError,
      );
      assertEquals(error.path, path);
    });
  }
}

Deno.test("a truncated file is refused, wherever it is cut", () => {
  for (const word of [4, 8] as const) {
    const file = cdbFile(pairs([["a", "1"], ["b", "2"]]), word);
    for (let size = 0; size < file.length; size++) {
      assertThrows(() => open(file.subarray(0, size)), DataFileError);
    }
  }
});

Deno.test("zeros are not a cdb", () => {
  assertThrows(() => open(new Uint8Array(4096)), DataFileError);
});

Deno.test("tables that overlap are refused", () => {
  const file = cdbFile(pairs([["a", "1"]]), 4);
  const table = get32(file, 255 * 8);
  for (let at = 0; at < 2048; at += 8) {
    put32(file, at, table - 16);
    put32(file, at + 4, 2);
  }
  assertThrows(() => open(file), DataFileError, "overlap");
});

Deno.test("the first of equal keys wins, the others are not listed", () => {
  for (const word of [4, 8] as const) {
    const file = cdbFile(
      pairs([["b", "1"], ["a", "2"], ["b", "3"], ["", "4"], ["a", "5"]]),
      word,
    );
    const snapshot = open(file);
    assertEquals(lookUp(snapshot, "a"), "2");
    assertEquals(lookUp(snapshot, "b"), "1");
    const entries = [...snapshot.entries()].map(({ key, value }) =>
      text.decode(key) + text.decode(value)
    );
    assertEquals(entries, ["b1", "a2", "4"]);
    assertEquals(snapshot.count(), 3);
    assertEquals(faults(file), []);
  }
});

Deno.test("keys with equal hashes are told apart", () => {
  // 128 × 128 keys have some 33 × 128 hashes.
  const keys: string[] = [];
  for (let a = 0; a < 128; a++) {
    for (let b = 0; b < 128; b++) keys.push(String.fromCharCode(a, b));
  }
  const wanted = hash(utf8.encode("ab"), 0, 2);
  const equal = keys.filter((key) => hash(utf8.encode(key), 0, 2) === wanted);
  assert(equal.length > 1);
  for (const word of [4, 8] as const) {
    const snapshot = open(cdbFile(pairs(equal.map((key) => [key, key])), word));
    for (const key of equal) assertEquals(lookUp(snapshot, key), key);
    const [without, ...rest] = equal;
    const fewer = open(cdbFile(pairs(rest.map((key) => [key, key])), word));
    assertEquals(lookUp(fewer, without), undefined);
  }
});

Deno.test("a search goes on behind the last slot with the first, and ends in a full table", () => {
  for (const word of [4, 8] as const) {
    const file = cdbFile(pairs([["a", "1"]]), word);
    const snapshot = open(file);
    const h = hash(utf8.encode("a"), 0, 1);
    const pointer = (word === 4 ? 0 : 2064) + h % 256 * 2 * word;
    const table = get32(file, pointer);
    // Two slots: the one where the search begins now has another key's hash.
    const first = table + (h >>> 8) % 2 * 2 * word;
    const second = table + (1 - (h >>> 8) % 2) * 2 * word;
    file.copyWithin(second, first, first + 2 * word);
    put32(file, first, h + 256);
    assertEquals(lookUp(snapshot, "a"), "1");
    put32(file, second, h + 256);
    assertEquals(lookUp(snapshot, "a"), undefined);
  }
});

Deno.test("a slot that points outside the records is a DataFileError, not a miss", () => {
  const file = cdbFile(pairs([["a", "1"]]), 4);
  const slot = slotOf(file, "a");
  for (
    const position of [
      1,
      2047,
      tableOf(file, "a") - 7,
      file.length,
      2 ** 32 - 1,
    ]
  ) {
    put32(file, slot + 4, position);
    const error = assertThrows(() => lookUp(open(file), "a"), DataFileError);
    assert(/is not among the records/.test(error.problem), error.problem);
    assert(faults(file).some((fault) => /slot [01]: a record at/.test(fault)));
  }
});

Deno.test("a record that is longer than the records is a DataFileError", () => {
  for (const [field, length] of [[0, 2 ** 32 - 1], [4, 2], [4, 2 ** 32 - 1]]) {
    const file = cdbFile(pairs([["a", "1"]]), 4);
    put32(file, 2048 + field, length);
    const error = assertThrows(() => lookUp(open(file), "a"), DataFileError);
    assert(/the record at 2048 goes on to/.test(error.problem), error.problem);
    assertThrows(() => [...open(file).entries()], DataFileError);
    assertThrows(() => open(file).count(), DataFileError);
    assert(faults(file).length > 0);
  }
});

Deno.test("lengths near 2^64 do not wrap around", () => {
  const file = cdbFile(pairs([["a", "1"]]), 8);
  file.fill(0xff, 6160, 6168);
  assertThrows(() => lookUp(open(file), "a"), DataFileError, "goes on to");
  file.fill(0xff, 6160, 6176);
  assertThrows(() => lookUp(open(file), "a"), DataFileError, "goes on to");
});

Deno.test("check() tells a key that was changed", () => {
  const file = cdbFile(pairs([["a", "1"], ["b", "2"]]), 4);
  file[2056]++;
  assertEquals(lookUp(open(file), "a"), undefined);
  assertEquals(open(file).count(), 1);
  const [slot, record] = faults(file);
  assert(/^table \d+, slot \d: does not have its key's hash$/.test(slot), slot);
  assertEquals(record, "record at 2048: a search does not find it");
});

Deno.test("check() tells a slot that was emptied", () => {
  const file = cdbFile(pairs([["a", "1"]]), 4);
  put32(file, slotOf(file, "a") + 4, 0);
  assertEquals(lookUp(open(file), "a"), undefined);
  assertEquals(faults(file), [
    "record at 2048: a search does not find it",
    "tables: 0 slots for 1 records",
  ]);
});

Deno.test("check() tells bytes behind the tables, and between them", () => {
  const sound = cdbFile(pairs([["a", "1"]]), 4);
  const longer = new Uint8Array(sound.length + 3);
  longer.set(sound);
  assertEquals(faults(longer), [
    `tables: end at ${sound.length}, the file at ${longer.length}`,
  ]);

  const moved = cdbFile(pairs([["a", "1"]]), 4);
  const other = hash(utf8.encode("a"), 0, 1) % 256 ^ 1;
  put32(moved, other * 8, sound.length - 8);
  put32(moved, other * 8 + 4, 1);
  assert(
    faults(moved).some((fault) => /what is before it ends at/.test(fault)),
  );
});

Deno.test("a namespace is a prefix of the stored key", () => {
  const file = cdbFile(
    pairs([["ns:key", "1"], ["ns:", "2"], [":key", "3"], ["plain", "4"]]),
    4,
  );
  const snapshot = openNamespaced(file);
  const findIn = (
    snapshot: NamespacedSnapshot,
    ns: string,
    between: string,
    key: string,
  ) => {
    const wire = utf8.encode(`get ${ns}${between}${key}\r\n`);
    const value = new Value();
    const start = 4 + ns.length + between.length;
    return snapshot.findIn(
        wire,
        4,
        4 + ns.length,
        start,
        start + key.length,
        value,
      )
      ? text.decode(value.bytes.subarray(value.start, value.end))
      : undefined;
  };
  // As memcached, an HTTP path, an inline and a whole RESP command have it.
  for (const between of [":", "/", " ", "\r\n$3\r\n"]) {
    assertEquals(findIn(snapshot, "ns", between, "key"), "1");
    assertEquals(findIn(snapshot, "ns", between, ""), "2");
    assertEquals(findIn(snapshot, "", between, "key"), "3");
    assertEquals(findIn(snapshot, "ns", between, "kez"), undefined);
    assertEquals(findIn(snapshot, "nt", between, "key"), undefined);
    assertEquals(findIn(snapshot, "n".repeat(400), between, "x"), undefined);
  }
  assertEquals(snapshot.find(utf8.encode("ns:key"), 0, 6, new Value()), false);
  assertEquals(
    [...snapshot.entries()].map(({ namespace, key, value }) =>
      [namespace, key, value].map((part) => part && text.decode(part))
    ),
    [["ns", "key", "1"], ["ns", "", "2"], ["", "key", "3"], [
      undefined,
      "plain",
      "4",
    ]],
  );
  assertEquals(snapshot.count(), 4);
  assertEquals([...snapshot.check()], []);

  const slashes = openNamespaced(cdbFile(pairs([["a/b", "1"]]), 4), "/");
  assertEquals(findIn(slashes, "a", "/", "b"), "1");
  assertEquals(findIn(slashes, "a", " ", "b"), "1");
});

Deno.test({
  name: "a record beyond 4 GiB is found",
  ignore: Deno.build.os === "windows" || libc() === null,
}, async () => {
  const path = await Deno.makeTempFile({ suffix: ".cdb" });
  try {
    const hole = 2 ** 32 + 5;
    const { pieces, size } = cdbPieces([
      [utf8.encode("long"), hole],
      [utf8.encode("behind"), utf8.encode("found")],
    ], 8);
    {
      using file = await Deno.open(path, { write: true });
      await file.truncate(size);
      for (const { at, bytes } of pieces) {
        await file.seek(at, Deno.SeekMode.Start);
        await file.write(bytes);
      }
    }
    const storage = new FileStorage("cdb", openCdb);
    const data = await storage.open(path, { memory: "map" });
    const snapshot = storage.attach(data);
    assertEquals(lookUp(snapshot, "behind"), "found");
    const value = new Value();
    assert(snapshot.find(utf8.encode("long"), 0, 4, value));
    assertEquals(value.end - value.start, hole);
    assertEquals(snapshot.count(), 2);
    assertEquals([...snapshot.check()], []);
    storage.close(data);
  } finally {
    await Deno.remove(path);
  }
});
