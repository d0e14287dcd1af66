import { assert, assertEquals, assertThrows } from "@std/assert";
import { openGdbm } from "../../../src/storage/gdbm/gdbm.ts";
import { hash } from "../../../src/storage/gdbm/layout.ts";
import {
  DataFileError,
  isNamespaced,
  type Snapshot,
} from "../../../src/storage/storage.ts";
import {
  assertRecords,
  faultsOf,
  fixturePath,
  fixturesOf,
  get,
} from "../../fixtures.ts";
import { inDirectory } from "../../temporary.ts";
import { hasGdbm, runPython } from "./engine.ts";

if (!hasGdbm) console.log("python3-gdbm is not installed: tests are skipped");

const utf8 = new TextEncoder();

function read(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(fixturePath(`gdbm/${name}.gdbm`));
}

function open(file: Uint8Array): Snapshot {
  return openGdbm(file, "test.gdbm", {});
}

function lookUp(snapshot: Snapshot, key: string): string | undefined {
  const value = get(snapshot.find.bind(snapshot), utf8.encode(key));
  return value && new TextDecoder().decode(value);
}

for (const fixture of fixturesOf("gdbm")) {
  Deno.test(`${fixture.file}: ${fixture.why}`, () => {
    const snapshot = open(Deno.readFileSync(fixturePath(fixture.file)));
    assertRecords(snapshot, fixture);
    assertEquals(faultsOf(snapshot), []);
  });
}

Deno.test("a value of several blocks and a key of 5,000 bytes are found", () => {
  const snapshot = open(read("large"));
  assertEquals(lookUp(snapshot, "large"), "0123456789".repeat(3000));
  assertEquals(lookUp(snapshot, "k".repeat(5000)), "v");
  assertEquals(faultsOf(snapshot), []);
});

Deno.test("the hash is the engine's, with signed bytes and without", () => {
  // `gdbmtool FILE hash KEY`, of x86-64 and of s390x.
  for (
    const [key, signed, unsigned] of [
      ["hoge", 0x6af9fce5, 0x6af9fce5],
      ["café", 0x555319b3, 0x3ad319b3],
    ] as const
  ) {
    const bytes = utf8.encode(key);
    assertEquals(hash(bytes, 0, bytes.length, true), signed, key);
    assertEquals(hash(bytes, 0, bytes.length, false), unsigned, key);
  }
});

Deno.test("with namespaces the stored key is ns:key", () => {
  const file = read("many");
  const snapshot = openGdbm(file, "test.gdbm", { namespaced: true });
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
  // The keys of the fixture are key:0 and so on.
  const [{ namespace, key }] = snapshot.entries();
  assertEquals(new TextDecoder().decode(namespace), "key");
  const joined = new Uint8Array([...namespace!, ...key]);
  const value = get(
    (bytes, start, end, value) =>
      snapshot.findIn(
        bytes,
        start,
        start + namespace!.length,
        start + namespace!.length,
        end,
        value,
      ),
    joined,
  );
  assert(value !== undefined);
});

Deno.test("a file that is cut, or of another kind, is refused", () => {
  const file = read("small");
  for (const length of [0, 3, 4, 39, 41, 4096, 8191]) {
    assertThrows(() => {
      const snapshot = open(file.slice(0, length));
      for (const _ of snapshot.entries());
    }, DataFileError);
  }
  const other = file.slice();
  other[1] ^= 1;
  assertThrows(() => open(other), DataFileError, "another magic number");
});

Deno.test("a key's element that points elsewhere is an error and a fault, no value", () => {
  const file = read("small");
  const view = new DataView(file.buffer);
  const [at] = elementsOf(file);
  const record = Number(view.getBigUint64(at + 8, true));
  const key = file.slice(record, record + view.getInt32(at + 16, true));
  view.setBigUint64(at + 8, BigInt(file.length), true);
  const snapshot = open(file);
  const find = snapshot.find.bind(snapshot);
  assertThrows(() => get(find, key), DataFileError);
  assert(faultsOf(snapshot).some((fault) => /not in the file/.test(fault)));
});

Deno.test("a record that lies in another is a fault", () => {
  const file = read("many");
  const view = new DataView(file.buffer);
  const [first, second] = elementsOf(file);
  view.setBigUint64(second + 8, view.getBigUint64(first + 8, true), true);
  assert(faultsOf(open(file)).length > 0);
});

/** Where the used elements of the first bucket are, by the documented layout. */
function elementsOf(file: Uint8Array<ArrayBuffer>): number[] {
  const view = new DataView(file.buffer);
  const bucket = Number(view.getBigUint64(4096, true));
  const elements: number[] = [];
  for (let at = bucket + 112; at + 24 <= bucket + 4096; at += 24) {
    if (view.getInt32(at, true) !== -1) elements.push(at);
  }
  return elements;
}

Deno.test({
  name: "what Python's dbm.gnu has written and deleted is read as it reads it",
  ignore: !hasGdbm,
}, () =>
  inDirectory(async (directory) => {
    const path = `${directory}/python.gdbm`;
    const listing = runPython(
      `
import dbm.gnu, random, sys
random.seed(7)
with dbm.gnu.open(sys.argv[1], "n") as d:
    for i in range(20000):
        key = random.randbytes(random.randrange(1, 30))
        d[key] = random.randbytes(random.randrange(0, 60))
        if i % 3 == 0:
            del d[key]
    for key in d.keys():
        print(key.hex(), d[key].hex())
`,
      path,
    );
    const expected = listing.trim().split("\n").sort();
    const snapshot = open(await Deno.readFile(path));
    const found = Array.from(
      snapshot.entries(),
      ({ key, value }) => `${key.toHex()} ${value.toHex()}`,
    );
    assertEquals(found.sort(), expected);
    for (const line of expected) {
      const [key, value = ""] = line.split(" ");
      const found = get(
        snapshot.find.bind(snapshot),
        Uint8Array.fromHex(key),
      );
      assertEquals(found?.toHex(), value);
    }
    assertEquals(faultsOf(snapshot), []);
  }));

Deno.test({
  name: "a shelf is found under the keys that Python gave it",
  ignore: !hasGdbm,
}, () =>
  inDirectory(async (directory) => {
    const path = `${directory}/shelf`;
    const pickled = runPython(
      `
import dbm, dbm.gnu, pickle, shelve, sys
dbm._defaultmod = dbm.gnu
with shelve.open(sys.argv[1], "n") as shelf:
    shelf["caf\\u00e9"] = {"price": 2}
with dbm.gnu.open(sys.argv[1], "r") as d:
    print(d["caf\\u00e9".encode()].hex())
`,
      path,
    ).trim();
    const snapshot = open(await Deno.readFile(path));
    const value = get(snapshot.find.bind(snapshot), utf8.encode("café"));
    assertEquals(value?.toHex(), pickled);
  }));
