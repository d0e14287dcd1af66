/**
 * What a get costs: `deno bench -A tests/storage/lmdb/lmdb_bench.ts`.
 *
 * The file is built with `mdb_load`, of Debian's package `lmdb-utils`.
 */

import { openLmdb } from "../../../src/storage/lmdb/lmdb.ts";
import {
  bytesOf,
  openMemory,
  warm,
} from "../../../src/storage/memory/memory.ts";
import { isNamespaced, Value } from "../../../src/storage/storage.ts";
import { hasProgram, load } from "./mdb_load.ts";

const KEYS = 1_000_000;
const KEY_LENGTH = 12;

const utf8 = new TextEncoder();

function key(i: number): string {
  return `key:${String(i).padStart(KEY_LENGTH - 4, "0")}`;
}

if (await hasProgram("mdb_load")) {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/bench.mdb`;
  const records = Iterator.from(Array(KEYS).keys()).map((i) =>
    [key(i), `value ${i}`.padEnd(32, ".")] as const
  );
  await load(path, "bench", [], records);
  const memory = await openMemory(path);
  warm(memory);
  const bytes = bytesOf(memory);
  await Deno.remove(directory, { recursive: true });

  // Keys in an order that is none, the same in each run; one behind the other.
  // Most of what a get takes when all are asked for is waiting for memory.
  const asked = utf8.encode(
    Array.from({ length: KEYS }, (_, i) => key((i * 618_033) % KEYS)).join(""),
  );
  const popular = utf8.encode(
    Array.from({ length: KEYS }, (_, i) => key((i * 618_033) % KEYS % 100_000))
      .join(""),
  );
  const absent = asked.map((byte, i) =>
    i % KEY_LENGTH === KEY_LENGTH - 1 ? byte + 0x40 : byte
  );
  const sorted = utf8.encode(
    Array.from({ length: KEYS }, (_, i) => key(i)).join(""),
  );
  const name = utf8.encode("bench");
  const value = new Value();

  const plain = openLmdb(bytes, path, { bucket: "bench" });
  const namespaced = openLmdb(bytes, path, { namespaced: true });
  if (!isNamespaced(namespaced)) throw new TypeError("no namespaces");
  const joined = new Uint8Array(name.length + asked.length);
  joined.set(name);
  joined.set(asked, name.length);

  let at = 0;
  const next = () => at = (at + KEY_LENGTH) % asked.length;

  Deno.bench(`a hit among ${KEYS} keys, in order`, () => {
    const start = next();
    if (!plain.find(sorted, start, start + KEY_LENGTH, value)) throw Error();
  });
  Deno.bench(`a hit among ${KEYS} keys, at random`, () => {
    const start = next();
    if (!plain.find(asked, start, start + KEY_LENGTH, value)) throw Error();
  });
  Deno.bench(`a hit among ${KEYS} keys, 100,000 neighbours at random`, () => {
    const start = next();
    if (!plain.find(popular, start, start + KEY_LENGTH, value)) throw Error();
  });
  Deno.bench(`a miss among ${KEYS} keys, at random`, () => {
    const start = next();
    if (plain.find(absent, start, start + KEY_LENGTH, value)) throw Error();
  });
  Deno.bench(`a hit among ${KEYS} keys of a namespace, at random`, () => {
    const start = name.length + next();
    if (
      !namespaced.findIn(
        joined,
        0,
        name.length,
        start,
        start + KEY_LENGTH,
        value,
      )
    ) throw Error();
  });
} else {
  console.log("skipped: mdb_load is not installed (Debian: lmdb-utils)");
}
