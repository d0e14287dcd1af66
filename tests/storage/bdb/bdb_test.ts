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
  const { file, options, valid, why, optional } = fixture;
  const name = `${file} ${JSON.stringify(options)}: ${why}`;
  if (valid && !optional) {
    Deno.test(`reads ${name}`, () => {
      const snapshot = openFixture(fixture);
      assertRecords(snapshot, fixture);
      assertEquals([...snapshot.check()], []);
    });
  } else if (fixture.detect === "get") {
    Deno.test(`tells what is wrong with ${name}`, () => {
      try {
        const snapshot = openFixture(fixture);
        console.log("opens");
      } catch (e) {
        console.log(e instanceof Error ? e.message : e);
      }
    });
  } else {
    Deno.test(`refuses ${name}`, () => {
      const error = assertThrows(() => openFixture(fixture), DataFileError);
      console.log(error.message);
    });
  }
}
