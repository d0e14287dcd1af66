import { assertEquals, assertRejects } from "@std/assert";
import { detectStorage } from "../../src/storage/auto.ts";
import { createStorage } from "../../src/storage/registry.ts";
import { DataFileError } from "../../src/storage/storage.ts";
import { fixturePath, fixturesOf } from "../fixtures.ts";

const FORMATS = ["json", "bdb", "boltdb", "lmdb", "cdb", "gdbm", "sqlite"];

for (const format of FORMATS) {
  Deno.test(`every sound ${format} file is known as one`, async () => {
    const files = new Set(
      fixturesOf(format).filter(({ valid, options }) =>
        valid && options.gzipped !== false
      ).map(({ file }) => file),
    );
    for (const file of files) {
      const path = fixturePath(file);
      if ((await Deno.stat(path)).isDirectory) continue;
      const bytes = await Deno.readFile(path);
      assertEquals(detectStorage(bytes.subarray(0, 4096)), format, file);
    }
  });
}

Deno.test("what is opened is attached by the storage of its format", async () => {
  const auto = createStorage("auto");
  for (
    const [file, storage] of [
      ["json/flat.json.gz", "json"],
      ["cdb/small.cdb", "cdb"],
      ["bdb/bt-4096-small.db", "bdb"],
    ]
  ) {
    const data = await auto.open(fixturePath(file), {});
    assertEquals(data.storage, storage);
    assertEquals(auto.attach(data).count(), 12);
    auto.close(data);
  }
});

Deno.test("a file that is nothing of these is refused", async () => {
  for (const file of ["bdb/nothing.db", "bdb/garbage.db", "bdb/text.db"]) {
    await assertRejects(
      () => createStorage("auto").open(fixturePath(file), {}),
      DataFileError,
    );
  }
});
