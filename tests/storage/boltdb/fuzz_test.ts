import { openBolt } from "../../../src/storage/boltdb/boltdb.ts";
import {
  bytes,
  expectedRecords,
  fixturePath,
  fixturesOf,
} from "../../fixtures.ts";
import { exerciseSnapshot, fuzz } from "../mutate.ts";

const fixtures = fixturesOf("boltdb").filter(({ valid }) => valid);
const files = [...new Set(fixtures.map(({ file }) => file))]
  .map((file) => Deno.readFileSync(fixturePath(file)))
  .filter((file) => file.length <= 65_536);
const keys = fixtures.slice(0, 3).flatMap((fixture) =>
  expectedRecords(fixture).slice(0, 10).map(({ k }) => bytes(k))
);

Deno.test("a damaged BoltDB file gives values, misses or a DataFileError", () => {
  let n = 0;
  fuzz("boltdb", files, (file) => {
    const options = n++ % 2 === 0
      ? { bucket: "goromdb" }
      : { namespaced: true };
    return exerciseSnapshot(() => openBolt(file, "mutant", options), keys);
  });
});
