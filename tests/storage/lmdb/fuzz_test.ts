import { openLmdb } from "../../../src/storage/lmdb/lmdb.ts";
import {
  isNamespaced,
  type NamespacedSnapshot,
  type Snapshot,
} from "../../../src/storage/storage.ts";
import { bytes, expectedRecords, fixturePath } from "../../fixtures.ts";
import { exerciseSnapshot, fuzz } from "../mutate.ts";
import { fixtureOf } from "./patient.ts";

/** A fixture, the database in it that is read, and whether by its namespace. */
interface Subject {
  file: string;
  bucket?: string;
  namespaced?: boolean;
}

const SUBJECTS: Subject[] = [
  { file: "lmdb/small.mdb" },
  { file: "lmdb/many.mdb" },
  { file: "lmdb/big.mdb" },
  { file: "lmdb/deep.mdb" },
  { file: "lmdb/named.mdb", bucket: "dups" },
  { file: "lmdb/named.mdb", bucket: "fixed" },
  { file: "lmdb/named.mdb", bucket: "numbers" },
  { file: "lmdb/named.mdb", bucket: "ends" },
  { file: "lmdb/named.mdb", bucket: "some", namespaced: true },
  { file: "lmdb/deleted.mdb" },
  { file: "lmdb/shorter.mdb" },
  { file: "lmdb/dupmain.mdb" },
  { file: "lmdb/v2-small.mdb" },
  { file: "lmdb/v2-page512.mdb" },
  { file: "lmdb/v2-big.mdb" },
  { file: "lmdb/v2-named.mdb", bucket: "dups" },
  { file: "lmdb/v2-named.mdb", bucket: "some", namespaced: true },
  { file: "lmdb/v2-deleted.mdb" },
];

const utf8 = new TextEncoder();

/** Some keys that are there, and some that are not. */
function keysOf({ file, bucket }: Subject): Uint8Array[] {
  const fixture = fixtureOf(file, bucket);
  const there = expectedRecords(fixture).filter((_, i) => i % 17 === 0);
  return [
    ...there.map(({ k }) => bytes(k)),
    ...fixture.missing.slice(0, 5).map(bytes),
  ];
}

/** One namespace, as if there were no others. */
function only(snapshot: NamespacedSnapshot, namespace: string): Snapshot {
  const name = utf8.encode(namespace);
  return {
    find: (bytes, start, end, value) => {
      const joined = new Uint8Array([...name, ...bytes.subarray(start, end)]);
      const border = name.length;
      return snapshot
        .findIn(joined, 0, border, border, joined.length, value);
    },
    entries: () => snapshot.entries(),
    count: () => snapshot.count(),
    check: () => snapshot.check(),
  };
}

function open(bytes: Uint8Array, { bucket, namespaced }: Subject): Snapshot {
  if (!namespaced || bucket === undefined) {
    return openLmdb(bytes, "mutant", { bucket });
  }
  const snapshot = openLmdb(bytes, "mutant", { namespaced });
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
  return only(snapshot, bucket);
}

Deno.test("a damaged file gives a value, a miss or an error", () => {
  const fixtures = SUBJECTS.map(({ file }) =>
    Deno.readFileSync(fixturePath(file))
  );
  const keys = SUBJECTS.map(keysOf);
  let number = 0;
  fuzz("lmdb", fixtures, (mutant) => {
    const i = number++ % SUBJECTS.length;
    return exerciseSnapshot(() => open(mutant, SUBJECTS[i]), keys[i]);
  });
});
