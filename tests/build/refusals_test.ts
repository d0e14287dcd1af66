/** Records that a format cannot hold: an error names them, and nothing is left. */

import { assertEquals, assertRejects } from "@std/assert";
import { BuildError } from "../../src/build/error.ts";
import { filesBelow, inDirectory } from "../temporary.ts";
import { buildPairs, buildQuietly, csv, type Pair } from "./building.ts";

const OTHERS: Pair[] = [["a", "1"], ["z", "2"]];

const CASES: [format: string, pair: Pair, message: RegExp][] = [
  ["boltdb", ["", "x"], /key "": it has 0 bytes, and BoltDB takes 1 to 32768/],
  ["boltdb", ["k".repeat(32769), "x"], /key "k{100}"… \(32769 bytes\): /],
  ["lmdb", ["", "x"], /key "": it has 0 bytes, and LMDB takes 1 to 1978/],
  ["lmdb", ["k".repeat(1979), "x"], /it has 1979 bytes, and LMDB takes/],
  ["memcachedb-bdb", ["k".repeat(251), "x"], /MemcacheDB takes 1 to 250/],
  ["json", ["k", "\xff"], /key "k": JSON takes keys and values of UTF-8 only/],
];

for (const [format, pair, message] of CASES) {
  Deno.test(`${format} refuses a key of ${pair[0].length} bytes, value ${pair[1].length}`, () =>
    inDirectory(async (directory) => {
      const error = await assertRejects(
        () => buildPairs(directory, format, [...OTHERS, pair]),
        BuildError,
      );
      assertEquals(message.test(error.message), true, error.message);
      assertEquals(await filesBelow(directory), ["input.csv"]);
    }));
}

const NAMES: [format: string, names: string[], message: RegExp][] = [
  [
    "boltdb",
    [""],
    /namespace "": it has 0 bytes, and a bucket's name in BoltDB has/,
  ],
  ["lmdb", [""], /namespace "": LMDB takes no database of that name/],
  [
    "sqlite",
    ["Users", "users"],
    /namespace "users": to SQLite it is the same as "Users"/,
  ],
  [
    "sqlite",
    ["sqlite_x"],
    /namespace "sqlite_x": SQLite takes no table of that name/,
  ],
  ["cdb", ["a:b"], /namespace "a:b": it contains ":"/],
  ["json", ["\xff"], /namespace ".": JSON takes names of UTF-8 only/],
];

for (const [format, names, message] of NAMES) {
  Deno.test(`${format} refuses ${names.length === 1 ? "the namespace" : "the namespaces"} ${JSON.stringify(names.join())}`, () =>
    inDirectory(async (directory) => {
      const input = `${directory}/input.csv`;
      await Deno.writeFile(input, csv(names.map((name) => ["k", "v", name])));
      const error = await assertRejects(
        () =>
          buildQuietly({
            inputs: [input],
            to: format,
            out: `${directory}/data`,
            open: { namespaced: true },
            fields: { key: "1", value: "2", namespace: "3" },
          }),
        BuildError,
      );
      assertEquals(message.test(error.message), true, error.message);
      assertEquals(await filesBelow(directory), ["input.csv"]);
    }));
}

Deno.test("an older file stays when a new one cannot be built", () =>
  inDirectory(async (directory) => {
    const out = await buildPairs(directory, "boltdb", OTHERS, { md5: true });
    const [file, sum] = [
      await Deno.readFile(out),
      await Deno.readFile(`${out}.md5`),
    ];
    await assertRejects(
      () => buildPairs(directory, "boltdb", [["", ""]], { md5: true }),
      BuildError,
    );
    assertEquals(await Deno.readFile(out), file);
    assertEquals(await Deno.readFile(`${out}.md5`), sum);
  }));
