import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  DataFileError,
  type OpenOptions,
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
    [(file) => file[item + 3] = 0xff, /out of order|another page/],
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
