import { openGdbm } from "../../../src/storage/gdbm/gdbm.ts";
import {
  bytes,
  expectedRecords,
  fixturePath,
  fixturesOf,
} from "../../fixtures.ts";
import { exerciseSnapshot, fuzz } from "../mutate.ts";

const fixtures = fixturesOf("gdbm").filter(({ file }) =>
  Deno.statSync(fixturePath(file)).size <= 80_000
);

Deno.test("a damaged GDBM file gives a value, a miss or a DataFileError", () => {
  const keys = fixtures.map((fixture) => [
    ...expectedRecords(fixture).slice(0, 10).map(({ k }) => bytes(k)),
    ...fixture.missing.map(bytes),
  ]);
  let number = 0;
  fuzz(
    "gdbm",
    fixtures.map(({ file }) => Deno.readFileSync(fixturePath(file))),
    (mutant) =>
      exerciseSnapshot(
        () => openGdbm(mutant, "mutant", {}),
        keys[number++ % keys.length],
      ),
  );
});
