/** The external merge sort. */

import { assertEquals, assertThrows } from "@std/assert";
import { BuildError } from "../../src/build/error.ts";
import {
  decodeNamespace,
  encodeNamespace,
} from "../../src/build/sort/namespace.ts";
import { Sorter } from "../../src/build/sort/sorter.ts";
import { unique } from "../../src/build/sort/unique.ts";
import { inDirectory } from "../temporary.ts";
import { fromBytes, type Pair, randomPairs, toBytes } from "./building.ts";

function add(sorter: Sorter, [key, value]: Pair): void {
  const [k, v] = [toBytes(key), toBytes(value)];
  sorter.add(k, 0, k.length, v, 0, v.length);
}

/** Keys and values in the order in which the sorter gives them. */
function sorted(sorter: Sorter): Pair[] {
  return Array.from(
    sorter.sorted(),
    ({ bytes, keyStart, valueStart, end }): Pair => [
      fromBytes(bytes.slice(keyStart, valueStart)),
      fromBytes(bytes.slice(valueStart, end)),
    ],
  );
}

/** Characters stand for bytes, so that strings have the order of bytes. */
function byKey([a]: Pair, [b]: Pair): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Keys that begin alike, end within each other, or are equal. */
const ALIKE: Pair[] = [
  ...Array.from({ length: 300 }, (_, n): Pair => [`${"p".repeat(n)}`, `${n}`]),
  ...Array.from({ length: 300 }, (_, n): Pair => [
    "same prefix".repeat(9) + "\0".repeat(n % 13),
    `${n}`,
  ]),
  ...Array.from({ length: 300 }, (_, n): Pair => [
    String.fromCharCode(n % 256).repeat(n % 7),
    `${n}`,
  ]),
];

for (const memory of [16 * 1024, 64 * 1024, 64 * 1024 * 1024]) {
  Deno.test(`records come in the order of their keys, with ${memory} bytes of memory`, () =>
    inDirectory((directory) => {
      const pairs = [...ALIKE, ...randomPairs(5, 3_000), ...ALIKE];
      for (const laterFirst of [false, true]) {
        using sorter = new Sorter(`${directory}/s`, { memory, laterFirst });
        for (const pair of pairs) add(sorter, pair);
        const expected = (laterFirst ? pairs.toReversed() : pairs)
          .toSorted(byKey);
        assertEquals(sorted(sorter), expected);
      }
      return Promise.resolve();
    }));
}

Deno.test("more runs than are merged at once, and no files are left", () =>
  inDirectory((directory) => {
    const pairs = randomPairs(6, 20_000).map(([key], n): Pair => [key, `${n}`]);
    {
      using sorter = new Sorter(`${directory}/s`, { memory: 2048 });
      for (const pair of pairs) add(sorter, pair);
      assertEquals([...Deno.readDirSync(directory)].length > 128, true);
      assertEquals(sorted(sorter), pairs.toSorted(byKey));
    }
    assertEquals([...Deno.readDirSync(directory)], []);
    return Promise.resolve();
  }));

Deno.test("a record larger than the memory is sorted, too", () =>
  inDirectory((directory) => {
    using sorter = new Sorter(`${directory}/s`, { memory: 4096 });
    const pairs: Pair[] = [["b", "x".repeat(1_000_000)], ["a", "1"], ["c", ""]];
    for (const pair of pairs) add(sorter, pair);
    assertEquals(sorted(sorter), pairs.toSorted(byKey));
    return Promise.resolve();
  }));

Deno.test("equal keys: the first of them, or an error that names the key", () => {
  const make = () => {
    const sorter = new Sorter("/nowhere");
    for (const pair of [["k", "1"], ["j", "2"], ["k", "3"]] as const) {
      add(sorter, pair);
    }
    return sorter.sorted();
  };
  let leftOut = 0;
  const kept = [...unique(make(), "first", () => leftOut++)];
  assertEquals([kept.length, leftOut], [2, 1]);
  const error = assertThrows(
    () => [...unique(make(), "error", () => {})],
    BuildError,
  );
  assertEquals(error.message.startsWith('key "k": '), true);
});

Deno.test("namespaces as prefixes keep their order, whatever their bytes", () => {
  const names = [
    "",
    "\0",
    "\0\0",
    "\0\x01",
    "\0\xff",
    "a",
    "a\0",
    "a\x01",
    "aa",
    "\xff",
  ];
  const keys = ["", "\0", "\x01", "\xff"];
  const records = names.flatMap((name) => keys.map((key) => [name, key]));
  const joined = records.map(([name, key]) =>
    fromBytes(encodeNamespace(toBytes(name))) + key
  );
  assertEquals(joined.toSorted(), joined);
  for (const name of names) {
    const prefix = encodeNamespace(toBytes(name));
    const decoded = decodeNamespace(prefix, 0, prefix.length);
    assertEquals(fromBytes(decoded), name);
  }
});
