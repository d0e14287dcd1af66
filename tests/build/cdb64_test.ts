/** The 64-bit form of a cdb, without writing 4 GiB. */

import { assertEquals } from "@std/assert";
import { SortedRecord } from "../../src/build/sort/record.ts";
import { CdbWriter } from "../../src/build/write/cdb.ts";
import { openCdb } from "../../src/storage/cdb/cdb.ts";
import { inDirectory } from "../temporary.ts";
import { readBack, toBytes } from "./building.ts";

Deno.test("a cdb takes the 64-bit form where the classic one would be too large", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.cdb`;
    const expected = new Map<string, string>();
    for (let n = 0; n < 5_000; n++) expected.set(`key-${n}`, `value ${n}`);
    const plan = {
      namespaced: false,
      bucket: "",
      records: 5_000,
      bytes: 95_000,
    };
    for (
      const [limit, version] of [
        [100_000, "64-bit"],
        [1_000_000, "classic, 32-bit"],
      ] as const
    ) {
      {
        using writer = new CdbWriter(path, plan, limit);
        const record = new SortedRecord();
        for (const [key, value] of expected) {
          record.bytes = toBytes(key + value);
          record.valueStart = key.length;
          record.end = key.length + value.length;
          writer.add(record);
        }
        writer.finish();
      }
      const file = await Deno.readFile(path);
      assertEquals(openCdb(file, path, {}).describe!(), { version });
      assertEquals(await readBack(path, "cdb"), expected);
    }
  }));
