import {
  bytes,
  expectedRecords,
  fixturePath,
  fixturesOf,
} from "../../fixtures.ts";
import { exerciseSnapshot, fuzz } from "../mutate.ts";
import { openZip } from "./open.ts";

const fixtures = fixturesOf("zip").filter(({ valid }) => valid);

Deno.test("a damaged ZIP file gives a value, a miss or a DataFileError", () => {
  const keys = fixtures.map((fixture) => [
    ...expectedRecords(fixture).slice(0, 10).map(({ k }) => bytes(k)),
    ...fixture.missing.map(bytes),
  ]);
  let number = 0;
  fuzz(
    "zip",
    fixtures.map(({ file }) => Deno.readFileSync(fixturePath(file))),
    (mutant) =>
      exerciseSnapshot(() => openZip(mutant), keys[number++ % keys.length]),
    3000, // each is inflated whole, more than once
  );
});
