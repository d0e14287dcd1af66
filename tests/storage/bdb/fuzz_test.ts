import { openBdb } from "../../../src/storage/bdb/bdb.ts";
import {
  bytes,
  expectedRecords,
  fixturePath,
  fixturesOf,
} from "../../fixtures.ts";
import { exerciseSnapshot, fuzz } from "../mutate.ts";

const fixtures = fixturesOf("bdb").filter(({ valid, optional }) =>
  valid && !optional
);

for (const [kind, prefix] of [["B-tree", "bdb/bt-"], ["hash", "bdb/h-"]]) {
  const chosen = fixtures.filter(({ file }) => file.startsWith(prefix));
  const files = [...new Set(chosen.map(({ file }) => file))]
    .map((file) => Deno.readFileSync(fixturePath(file)))
    .filter((file) => file.length <= 32_768);
  const keys = chosen.slice(0, 4).flatMap((fixture) =>
    expectedRecords(fixture).slice(0, 8).map(({ k }) => bytes(k))
  );
  Deno.test(`a damaged ${kind} gives values, misses or a DataFileError`, () => {
    fuzz(
      `bdb ${kind}`,
      files,
      (file) => exerciseSnapshot(() => openBdb(file, "mutant", {}), keys),
    );
  });
}
