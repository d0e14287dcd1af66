/** Each format, read back by the storage that serves it. */

import { assertEquals } from "@std/assert";
import { inDirectory } from "../temporary.ts";
import {
  buildPairs,
  buildQuietly,
  csv,
  FORMATS,
  type Pair,
  randomPairs,
  readBack,
} from "./building.ts";

/** What is hard to hold, and still text. */
const ODD: readonly Pair[] = [
  ["b", "2"],
  ["a", ""],
  ["", "an empty key"],
  ["aa", 'quotes " and \\ backslashes'],
  ["a\tb", "tab\r\nnewline\u0001\u001f"],
  ["long", "x".repeat(1_500_000)],
  ["inner", "y".repeat(3_000)],
  ["page", "z".repeat(4_096)],
  ["ns:key", "with a separator"],
  ["\xc3\xa4", "\xe2\x82\xac"],
];

/** Formats that take no empty key. */
const NO_EMPTY_KEY: readonly string[] = ["boltdb", "lmdb", "memcachedb-bdb"];

for (const format of FORMATS) {
  const odd = ODD.filter(([key]) =>
    key !== "" || !NO_EMPTY_KEY.includes(format)
  );

  Deno.test(`${format} holds empty, long and odd values`, () =>
    inDirectory(async (directory) => {
      const path = await buildPairs(directory, format, odd);
      assertEquals(await readBack(path, format), new Map(odd));
    }));

  Deno.test(`${format} can hold nothing at all`, () =>
    inDirectory(async (directory) => {
      const path = await buildPairs(directory, format, []);
      assertEquals((await readBack(path, format)).size, 0);
    }));

  Deno.test(`${format}: of equal keys the last or the first is kept`, () =>
    inDirectory(async (directory) => {
      const pairs: Pair[] = [["k", "1"], ["a", "x"], ["k", "2"], ["k", "3"]];
      for (
        const [duplicates, kept] of [["last", "3"], ["first", "1"]] as const
      ) {
        const path = await buildPairs(directory, format, pairs, { duplicates });
        const found = await readBack(path, format);
        assertEquals(found, new Map([["k", kept], ["a", "x"]]));
      }
    }));

  Deno.test(`${format} keeps equal keys of different namespaces apart`, () =>
    inDirectory(async (directory) => {
      const input = `${directory}/input.csv`, out = `${directory}/data`;
      const lines: string[][] = [];
      const expected = new Map<string, string>();
      for (const namespace of ["users", "user", "b\xc3\xa9", "z"]) {
        for (let n = 0; n < 300; n++) {
          const key = format.endsWith("bdb") ? `.${n}` : String(n);
          lines.push([key, `${namespace} ${n}`, namespace]);
          const prefix = format.endsWith("bdb") ? "" : ":";
          expected.set(`${namespace}${prefix}${key}`, `${namespace} ${n}`);
        }
      }
      await Deno.writeFile(input, csv(lines.toReversed()));
      await buildQuietly({
        inputs: [input],
        to: format,
        out,
        open: { namespaced: true },
        fields: { key: "1", value: "2", namespace: "3" },
      });
      // Of Berkeley DB keys nobody can tell where the namespace ends.
      const namespaced = !format.endsWith("bdb");
      assertEquals(await readBack(out, format, namespaced), expected);
    }));
}

for (const format of FORMATS.filter((format) => format !== "json")) {
  Deno.test(`${format} holds random bytes in any order`, () =>
    inDirectory(async (directory) => {
      const pairs = randomPairs(FORMATS.indexOf(format) + 1, 10_000);
      // So little memory that there are many runs to merge.
      const memory = 256 * 1024;
      const path = await buildPairs(directory, format, pairs, { memory });
      assertEquals(await readBack(path, format), new Map(pairs));
      const left = [...Deno.readDirSync(directory)].map(({ name }) => name);
      assertEquals(left.sort(), ["data", "input.csv"]);
    }));
}
