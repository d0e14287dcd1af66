import { openMemcachedb } from "../../../src/storage/memcachedb/memcachedb.ts";
import {
  bytes,
  expectedRecords,
  fixturePath,
  fixturesOf,
} from "../../fixtures.ts";
import { exerciseSnapshot, fuzz } from "../mutate.ts";

const fixtures = fixturesOf("memcachedb").filter(({ valid }) => valid);
const files = fixtures.map(({ file }) => Deno.readFileSync(fixturePath(file)))
  .filter((file) => file.length <= 16_384);
const keys = expectedRecords(fixtures[0]).map(({ k }) => bytes(k));

Deno.test("a damaged MemcacheDB file gives values, misses or a DataFileError", () => {
  fuzz(
    "memcachedb-bdb",
    files,
    (file) => exerciseSnapshot(() => openMemcachedb(file, "mutant", {}), keys),
  );
});
