import { assert, assertEquals, assertThrows } from "@std/assert";
import { DataFileError, type Snapshot } from "../../../src/storage/storage.ts";
import { openLmdb } from "../../../src/storage/lmdb/lmdb.ts";
import {
  assertRecords,
  assertValue,
  bytes,
  expectedRecords,
  type Fixture,
  fixturePath,
  get,
} from "../../fixtures.ts";
import {
  fixtureOf,
  LAST_PG,
  MAGIC,
  PAGE_SIZE,
  Patient,
  ROOT,
  VERSION,
} from "./patient.ts";

const utf8 = new TextEncoder();
function find(
  snapshot: Snapshot,
  key: string | Uint8Array,
): string | undefined {
  const found = get(
    snapshot.find.bind(snapshot),
    typeof key === "string" ? utf8.encode(key) : key,
  );
  return found && new TextDecoder().decode(found);
}

/** How many keys of a fixture are found, and fails if one is merely missed. */
function findAll(snapshot: Snapshot, fixture: Fixture): number {
  let found = 0;
  for (const record of expectedRecords(fixture)) {
    try {
      const value = get(snapshot.find.bind(snapshot), bytes(record.k));
      assertValue(value, record);
      found++;
    } catch (error) {
      if (!(error instanceof DataFileError)) throw error;
    }
  }
  return found;
}

function assertDamaged(action: () => unknown, problem: string): void {
  assertThrows(action, DataFileError, problem);
}

Deno.test("a newer meta page that is damaged leaves the state before", () => {
  const patient = new Patient("lmdb/toggled.mdb");
  assertEquals(find(patient.open(), "step"), "2");
  patient.bytes[patient.meta + MAGIC] ^= 1;
  assertEquals(find(patient.open(), "step"), "1");
  const [fault] = patient.faults();
  assert(fault.startsWith("page 1: the magic number"), fault);
});

Deno.test("an older meta page that is damaged changes nothing", () => {
  const patient = new Patient("lmdb/toggled.mdb");
  patient.bytes.fill(0, 0, 4096);
  assertEquals(find(patient.open(), "step"), "2");
  assertEquals(patient.faults().length, 1);
});

for (
  const [file, size] of [
    ["lmdb/small.mdb", 4096],
    ["lmdb/page16384.mdb", 16384],
    ["lmdb/v2-page512.mdb", 512],
  ] as const
) {
  Deno.test(`the second meta page of ${file} is found without the first`, () => {
    const patient = new Patient(file, size);
    patient.bytes.fill(0xff, 0, size);
    assertRecords(patient.open(), fixtureOf(file));
  });
}

Deno.test("without a sound meta page a file is refused", () => {
  const cases: [number, number, string][] = [
    [MAGIC, 0, "the magic number beefc0de"],
    [VERSION, 999, "data format 999 cannot be read, only 1 and 2"],
    [PAGE_SIZE, 3000, "an impossible page size of 3000"],
    [PAGE_SIZE, 2 ** 31, "an impossible page size of 2147483648"],
    [10, 2, "not marked as one"],
  ];
  for (const [at, number, problem] of cases) {
    const patient = new Patient("lmdb/small.mdb");
    for (const page of [0, 4096]) {
      patient.view.setUint32(page + at, number, true);
    }
    assertDamaged(() => patient.open(), problem);
  }
});

Deno.test("files of other machines are refused with the reason", () => {
  const swapped = new Patient("lmdb/small.mdb");
  swapped.view.setUint32(MAGIC, 0xbeefc0de, false);
  swapped.view.setUint32(4096 + MAGIC, 0xbeefc0de, false);
  assertDamaged(() => swapped.open(), "another byte order");
  const narrow = new Patient("lmdb/small.mdb");
  narrow.bytes.copyWithin(12, 16, 4096);
  narrow.bytes.copyWithin(4096 + 12, 4096 + 16, 8192);
  assertDamaged(() => narrow.open(), "32 bits");
});

Deno.test("a file cut at any length is an error where it lacks a page", () => {
  for (const file of ["lmdb/many.mdb", "lmdb/big.mdb", "lmdb/v2-many.mdb"]) {
    const fixture = fixtureOf(file);
    const whole = Deno.readFileSync(fixturePath(file));
    let opened = 0, least = Infinity;
    for (let length = 0; length < whole.length; length += 512) {
      try {
        const snapshot = openLmdb(whole.slice(0, length), file, {});
        least = Math.min(least, findAll(snapshot, fixture));
        opened++;
      } catch (error) {
        if (!(error instanceof DataFileError)) throw error;
      }
    }
    assert(opened > 0 && least < expectedRecords(fixture).length, file);
  }
});

Deno.test("a branch that refers to itself is an error, not a circle", () => {
  const patient = new Patient("lmdb/many.mdb");
  const { root, view } = patient;
  for (let i = 0; i < 3; i++) {
    view.setUint32(patient.node(root, i), root / 4096, true);
  }
  assertDamaged(() => patient.open(), "levels");
});

Deno.test("a page that is reached twice is an error for a scan", () => {
  const patient = new Patient("lmdb/many.mdb");
  const { root, view, leaf } = patient;
  view.setUint32(patient.node(root, 1), leaf / 4096, true);
  assert(
    patient.faults().includes(`page ${leaf / 4096}: is used more than once`),
  );
  // As a branch that refers to itself, but not on the way to the least key.
  view.setUint32(patient.node(root, 1), root / 4096, true);
  assertDamaged(() => Array.from(patient.open().entries()), "page");
});

Deno.test("a page that bears another number is an error", () => {
  const patient = new Patient("lmdb/many.mdb");
  const { leaf, bytes } = patient;
  bytes[leaf] += 1;
  assertDamaged(
    () => patient.open(),
    `page ${leaf / 4096}: bears the number ${leaf / 4096 + 1}`,
  );
  bytes[leaf] -= 1;
  bytes[leaf + 7] = 0x80;
  assertDamaged(() => patient.open(), "bears the number");
});

Deno.test("a root that is a meta page, or behind the last page, is an error", () => {
  for (const root of [0n, 1n, 8n, 2n ** 32n + 2n, 2n ** 64n - 2n]) {
    const patient = new Patient("lmdb/small.mdb");
    patient.view.setBigUint64(patient.meta + ROOT, root, true);
    assertDamaged(() => patient.open(), "refers to page");
  }
});

Deno.test("pages behind mm_last_pg do not count", () => {
  const patient = new Patient("lmdb/small.mdb");
  patient.view.setBigUint64(patient.meta + LAST_PG, 1n, true);
  assertDamaged(() => patient.open(), "refers to page 2");
});

Deno.test("a node that is not on its page is an error", () => {
  const patient = new Patient("lmdb/many.mdb");
  const { leaf, view } = patient;
  for (const offset of [0, 16, 4089, 5000, 0xffff]) {
    view.setUint16(leaf + 16, offset, true);
    assertDamaged(() => Array.from(patient.open().entries()), "node 0");
  }
});

Deno.test("a key or value that ends behind its page is an error", () => {
  const patient = new Patient("lmdb/many.mdb");
  const node = patient.node(patient.leaf, 0);
  const [{ key }] = patient.open().entries();
  const first = key.slice();
  patient.view.setUint32(node, 5000, true);
  assertDamaged(() => find(patient.open(), first), "end behind it");
  patient.view.setUint16(node + 6, 5000, true);
  assertDamaged(() => find(patient.open(), first), "node 0");
});

Deno.test("a key that is not quite the one on the page has no value", () => {
  const patient = new Patient("lmdb/many.mdb");
  const { leaf, view, bytes } = patient;
  const keys = (view.getUint16(leaf + 12, true) - 16) / 2;
  let damaged = 0;
  for (let i = 0; i < keys; i++) {
    const at = patient.node(leaf, i) + 8;
    const key = bytes.slice(at, at + view.getUint16(at - 2, true));
    for (let j = 0; j < key.length; j++) {
      bytes[at + j] ^= 1;
      try {
        assertEquals(find(patient.open(), key), undefined);
      } catch (error) {
        if (!(error instanceof DataFileError)) throw error;
        damaged++;
      }
      bytes[at + j] ^= 1;
    }
  }
  assert(damaged > 0);
});

Deno.test("an overflow run that cannot hold its value is an error", () => {
  const patient = new Patient("lmdb/big.mdb");
  const { bytes, view } = patient;
  const first = [...patient.open().entries()]
    .findIndex(({ value }) => value.length === 9500);
  const node = patient.node(patient.root, first);
  const ref = node + 8 + view.getUint16(node + 6, true);
  const page = 4096 * view.getUint32(ref, true);

  for (const size of [3 * 4096, 2 ** 31, 2 ** 32 - 1]) {
    view.setUint32(node, size, true);
    assertDamaged(() => find(patient.open(), "mega"), "begins a run");
  }
  view.setUint32(node, 9500, true);
  view.setUint32(page + 12, 1000, true);
  assertDamaged(() => find(patient.open(), "mega"), "begins a run");
  bytes[page + 10] = 2;
  assertDamaged(() => find(patient.open(), "mega"), "not an overflow page");
  view.setUint32(ref, 500, true);
  assertDamaged(() => find(patient.open(), "mega"), "refers to page 500");
});

Deno.test("a node with flags that cannot be is an error", () => {
  const patient = new Patient("lmdb/small.mdb");
  const node = patient.node(patient.root, 0);
  for (const flags of [2, 3, 4, 5, 6, 8, 0x100]) {
    patient.view.setUint16(node + 4, flags, true);
    const snapshot = patient.open();
    // The record of a named database can be here, but not of this size.
    if (flags === 2) assertEquals(find(snapshot, "A"), undefined);
    else assertDamaged(() => find(snapshot, "A"), "page 2");
    assertEquals(patient.faults().length, 1);
  }
});

Deno.test("a sub-page that is none is an error", () => {
  const patient = new Patient("lmdb/dupmain.mdb");
  const node = patient.node(patient.root, 0);
  const subPage = node + 8 + 1;
  assertEquals(find(patient.open(), "d"), "a");
  patient.bytes[subPage + 10] = 2;
  assertDamaged(() => find(patient.open(), "d"), "not in a sub-page");
  patient.bytes[subPage + 10] = 0x42;
  patient.view.setUint16(subPage + 12, 16, true);
  assertDamaged(() => find(patient.open(), "d"), "none of a key's values");
  assertEquals(patient.faults(), ["page 2: has a sub-page without values"]);
  patient.view.setUint16(subPage + 12, 4000, true);
  assertDamaged(() => find(patient.open(), "d"), "mp_lower");
});

Deno.test("a named database with a damaged record is refused", () => {
  const name = "some";
  const cases: [number, number, string][] = [
    [0, 40, "in 40 bytes"],
    [8 + name.length + 4, 0x200, "the flags 0x200"],
    [8 + name.length + 40, 1, "refers to page 1"],
  ];
  for (const [at, number, problem] of cases) {
    const patient = new Patient("lmdb/named.mdb");
    const { root, view } = patient;
    const index = Array.from({ length: 8 }, (_, i) => patient.node(root, i))
      .findIndex((node) =>
        view.getUint8(node + 8) === 0x73 && view.getUint16(node + 6, true) === 4
      );
    view.setUint16(patient.node(root, index) + at, number, true);
    assertDamaged(() => patient.open({ bucket: name }), problem);
  }
});

Deno.test("pages behind 4 GiB are read", () => {
  const patient = new Patient("lmdb/many.mdb");
  const { root, leaf, view, meta } = patient;
  const pgno = 2 ** 20 + 5;
  view.setUint32(patient.node(root, 0), pgno, true);
  view.setBigUint64(meta + LAST_PG, BigInt(pgno), true);
  // Memory that nobody touches takes none.
  const bytes = new Uint8Array(4096 * (pgno + 1));
  bytes.set(patient.bytes);
  bytes.set(patient.bytes.subarray(leaf, leaf + 4096), 4096 * pgno);
  new DataView(bytes.buffer).setUint32(4096 * pgno, pgno, true);
  assertRecords(openLmdb(bytes, "large", {}), fixtureOf("lmdb/many.mdb"));
});
