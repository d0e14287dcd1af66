/** What both servers hold; a character a byte. */

import type { DataSet } from "../../../src/handler/data_set.ts";
import { DataSet as Served } from "../../../src/handler/data_set.ts";
import { NamespacedStorage } from "../../../src/handler/namespaced.ts";
import { JsonStorage } from "../../../src/storage/json/json.ts";
import { dataSet, latin1 } from "../converse.ts";
import { NamespacedTableBuilder } from "../../../src/storage/table/namespaced.ts";

/** Of a string, all bytes. */
const BYTES = String.fromCharCode(...Array.from({ length: 256 }, (_, n) => n));

/** Redis gives no more than 64 KB to one who has closed his half already. */
const LONG = "0123456789abcdef".repeat(500);

/** The keys of a database without namespaces. */
export const STRINGS: ReadonlyMap<string, string> = new Map([
  ["k", "abc"],
  ["e", ""],
  ["n", "12"],
  ["long", LONG],
  ["bytes\0\r\n\xff", BYTES],
  ["hoge", "hoge!"],
  ["user:1", "one"],
  ["user:2", "two"],
  ["user:10", "ten"],
  ["a[b]c", "brackets"],
  ["a*c", "star"],
  ["", "empty key"],
]);

/** The hashes of a database with namespaces. */
export const HASHES: ReadonlyMap<string, Record<string, string>> = new Map<
  string,
  Record<string, string>
>([
  ["h", { f: "abc", e: "", n: "12", long: LONG }],
  ["users", { "1": "one", "2": "two", "bytes\0\r\n\xff": BYTES }],
  ["a[b]c", { x: "y" }],
]);

/** A command as clients send it. */
export function command(...args: string[]): string {
  return `*${args.length}\r\n` +
    args.map((arg) => `$${arg.length}\r\n${arg}\r\n`).join("");
}

/** The data set without namespaces. */
export function flatDataSet(): DataSet {
  return dataSet(Object.fromEntries(STRINGS));
}

/** The data set with namespaces. */
export function namespacedDataSet(): DataSet {
  return serve(HASHES);
}

/** A data set with these namespaces. */
export function serve(
  hashes: ReadonlyMap<string, Record<string, string>>,
): DataSet {
  const builder = new NamespacedTableBuilder();
  for (const [name, fields] of hashes) {
    builder.begin(latin1(name));
    for (const [field, value] of Object.entries(fields)) {
      const key = latin1(field), bytes = latin1(value);
      builder.add(key, 0, key.length, bytes, 0, bytes.length);
    }
  }
  const memory = builder.finish();
  const storage = new NamespacedStorage(new JsonStorage());
  const { keys } = memory;
  return new Served(storage.attach({ storage: "json", keys, memory }), {
    path: "test",
    storage: "json",
    sum: "0".repeat(32),
    size: 1,
    keys,
    openedAt: 0,
  });
}
