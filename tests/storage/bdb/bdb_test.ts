import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  DataFileError,
  isNamespaced,
  type OpenOptions,
  Value,
} from "../../../src/storage/storage.ts";
import { openBdb } from "../../../src/storage/bdb/bdb.ts";
import {
  assertRecords,
  assertValue,
  bytes,
  expectedRecords,
  type Fixture,
  fixturePath,
  fixturesOf,
  get,
} from "../../fixtures.ts";

function optionsOf(fixture: Fixture): OpenOptions {
  return { bucket: fixture.options.database };
}

function openFixture(fixture: Fixture): ReturnType<typeof openBdb> {
  const path = fixturePath(fixture.file);
  return openBdb(Deno.readFileSync(path), path, optionsOf(fixture));
}

for (const fixture of fixturesOf("bdb")) {
  const { file, options, valid, why, optional, detect } = fixture;
  const name = `${file} ${JSON.stringify(options)}: ${why}`;
  if (valid && !optional) {
    Deno.test(`reads ${name}`, () => {
      const snapshot = openFixture(fixture);
      assertRecords(snapshot, fixture);
      assertEquals([...snapshot.check()], []);
      if (snapshot.kind !== "btree") return;
      const keys = [...snapshot.entries()].map(({ key }) => key.toHex());
      assertEquals(keys, keys.toSorted());
    });
  } else if (detect === "get") {
    Deno.test(`gives no wrong value from ${name}`, () => {
      let refused = false;
      try {
        const snapshot = openFixture(fixture);
        const find = snapshot.find.bind(snapshot);
        for (const record of expectedRecords(fixture)) {
          try {
            const found = get(find, bytes(record.k));
            if (found !== undefined) assertValue(found, record);
          } catch (error) {
            if (!(error instanceof DataFileError)) throw error;
            refused = true;
          }
        }
        if ([...snapshot.check()].length > 0) refused = true;
      } catch (error) {
        if (!(error instanceof DataFileError)) throw error;
        refused = true;
      }
      assert(refused, "the damage has not been noticed");
    });
  } else {
    Deno.test(`refuses ${name}`, () => {
      const error = assertThrows(() => openFixture(fixture), DataFileError);
      assertEquals((error as DataFileError).path, fixturePath(file));
    });
  }
}

Deno.test("what cannot be served is told by its name", () => {
  const cases: [string, RegExp, string?][] = [
    ["bdb/queue.db", /a queue/],
    ["bdb/recno.db", /a recno database/],
    ["bdb/heap.db", /a heap/],
    ["bdb/encrypted.db", /an encrypted database/],
    ["bdb/partitioned.db", /a partitioned database/],
    ["bdb/h-custom.db", /a hash function of its own/],
    ["bdb/newer.db", /version 10, newer than 9/],
    ["bdb/subdbs.db", /choose one of them with -bucket NAME: .*"mid"/],
    ["bdb/subdbs.db", /no database "nosuch"; there are .*"mid"/, "nosuch"],
    ["bdb/bt-one.db", /leave out -bucket/, "hoge"],
    ["bdb/truncated.db", /truncated/],
    ["bdb/text.db", /not a Berkeley DB file/],
  ];
  for (const [file, problem, bucket] of cases) {
    const path = fixturePath(file);
    const error = assertThrows(
      () => openBdb(Deno.readFileSync(path), path, { bucket }),
      DataFileError,
    ) as DataFileError;
    assert(problem.test(error.problem), error.problem);
  }
});

Deno.test("check() finds each kind of damage with its page", () => {
  const path = fixturePath("bdb/bt-512-many.db");
  const sound = Deno.readFileSync(path);
  const faultsAfter = (damage: (file: Uint8Array) => void) => {
    const file = sound.slice();
    damage(file);
    return [...openBdb(file, path, {}).check()];
  };
  const leaves = [];
  for (let page = 512; page < sound.length; page += 512) {
    if (sound[page + 25] === 5) leaves.push(page);
  }
  const [, leaf] = leaves;
  const item = leaf + (sound[leaf + 26] | sound[leaf + 27] << 8);
  const cases: [(file: Uint8Array) => void, RegExp][] = [
    [(file) => file[leaf + 25] = 7, /type 7/],
    [(file) => file[leaf + 16] ^= 1, /names page|not name page/],
    [(file) => file[item + 3] = 0xff, /not in the order of their bytes/],
    [(file) => file[leaf + 8] ^= 0x40, /bears the number/],
    [(file) => file.fill(0xff, leaf + 20, leaf + 22), /no room|without data/],
  ];
  for (const [damage, problem] of cases) {
    const faults = faultsAfter(damage);
    assert(
      faults.some((fault) => problem.test(fault.problem)),
      `${problem}: ${JSON.stringify(faults)}`,
    );
  }
});

Deno.test("with namespaces a key has its namespace directly before it", () => {
  const path = fixturePath("bdb/bt-4096-small.db");
  const snapshot = openBdb(Deno.readFileSync(path), path, { namespaced: true });
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
  const wire = new TextEncoder().encode("ho:ge");
  const value = new Value();
  assert(snapshot.findIn(wire, 0, 2, 3, 5, value));
  const data = value.bytes.subarray(value.start, value.end);
  assertEquals(new TextDecoder().decode(data), "hoge!");
  assert(!snapshot.findIn(wire, 0, 2, 2, 5, value));
});

Deno.test("gets do not disturb an iteration", () => {
  for (const file of ["bt-overflow-keys.db", "h-bigkeys.db"]) {
    const path = fixturePath(`bdb/${file}`);
    const snapshot = openBdb(Deno.readFileSync(path), path, {});
    const keys = [...snapshot.entries()].map(({ key }) => key.slice());
    let n = 0;
    for (const { key } of snapshot.entries()) {
      const other = keys[(n * 7) % keys.length];
      assert(get(snapshot.find.bind(snapshot), other) !== undefined);
      assertEquals(key, keys[n++]);
    }
  }
});

Deno.test("a hash of version 8, as before Berkeley DB 4.6, is in no order", () => {
  const fixture = fixturesOf("bdb").find(({ file }) =>
    file === "bdb/h-512-many.db"
  )!;
  const file = Deno.readFileSync(fixturePath(fixture.file));
  const P_HASH_UNSORTED = 2, P_HASH = 13;
  file[16] = 8;
  for (let page = 512; page < file.length; page += 512) {
    if (file[page + 25] !== P_HASH) continue;
    file[page + 25] = P_HASH_UNSORTED;
    const entries = file[page + 20] | file[page + 21] << 8;
    if (entries >= 4) swapFirstPairs(file, page);
  }
  const snapshot = openBdb(file, "data.db", {});
  assertRecords(snapshot, fixture);
  assertEquals([...snapshot.check()], []);
});

/** Puts the second pair of a page of 512 bytes before the first. */
function swapFirstPairs(file: Uint8Array, page: number): void {
  const index = Array.from(
    { length: 4 },
    (_, item) => file[page + 26 + 2 * item] | file[page + 27 + 2 * item] << 8,
  );
  const pieces = index.map((offset, item) =>
    file.slice(page + offset, page + (item === 0 ? 512 : index[item - 1]))
  );
  let end = 512;
  [2, 3, 0, 1].forEach((from, item) => {
    end -= pieces[from].length;
    file.set(pieces[from], page + end);
    file.set([end & 0xff, end >> 8], page + 26 + 2 * item);
  });
}
