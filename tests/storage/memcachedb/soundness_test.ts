import { openMemcachedb } from "../../../src/storage/memcachedb/memcachedb.ts";
import { fixturePath, fixturesOf } from "../../fixtures.ts";
import { libdb } from "../bdb/engine.ts";
import { linesOf } from "../bdb/lines.ts";
import { assertSoundness, type Subject } from "../soundness.ts";

const subjects = fixturesOf("memcachedb")
  .filter(({ file, valid }) => valid && file !== "memcachedb/corrupt.db")
  .map(({ file }): Subject => ({
    name: file,
    file: Deno.readFileSync(fixturePath(file)),
    views: [{}],
  }))
  .filter(({ file }) => file.length <= 32_768);

Deno.test("what the check of a MemcacheDB file calls sound is found, all of it", () =>
  assertSoundness({
    name: "memcachedb-bdb",
    subjects,
    open: (bytes, options) => openMemcachedb(bytes, "mutant", options),
    engine: libdb,
    lines: linesOf,
  }));
