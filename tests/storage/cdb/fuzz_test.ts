import { readHeader } from "../../../src/storage/cdb/header.ts";
import { openCdb } from "../../../src/storage/cdb/cdb.ts";
import { fixturePath } from "../../fixtures.ts";
import { exerciseSnapshot, fuzz } from "../mutate.ts";
import { cdbFile, type Pair } from "./writer.ts";

const names = ["small", "binary", "duplicates", "many", "empty"];
const classic = names.map((name) =>
  Deno.readFileSync(fixturePath(`cdb/${name}.cdb`))
);
const pairs = classic.map((file): Pair[] =>
  [...openCdb(file, "fixture", {}).entries()].map((
    { key, value },
  ) => [key, value])
);
const wide = pairs.map((records) => cdbFile(records, 8));
const files = [...classic, ...wide];
const keys = pairs.flatMap((records) => records.slice(0, 8))
  .map(([key]) => key);
keys.push(new TextEncoder().encode("no such key"));

function exercise(bytes: Uint8Array): string {
  return exerciseSnapshot(() => openCdb(bytes, "mutant", {}), keys);
}

Deno.test("a damaged cdb gives a value, a miss or a DataFileError", () => {
  fuzz("cdb", files, exercise);
});

Deno.test("so does one whose table pointers alone are sound", () => {
  for (const file of [classic[3], wide[3]]) {
    const { recordsStart } = readHeader(file, "fixture");
    fuzz("cdb behind the pointers", [file.subarray(recordsStart)], (body) => {
      const bytes = new Uint8Array(recordsStart + body.length);
      bytes.set(file.subarray(0, recordsStart));
      bytes.set(body, recordsStart);
      return exercise(bytes);
    });
  }
});
