import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { fileURLToPath } from "node:url";
import {
  DataFileError,
  isNamespaced,
  type Snapshot,
  Value,
} from "../../../src/storage/storage.ts";
import { ZipStorage } from "../../../src/storage/zip/zip.ts";
import {
  assertRecords,
  faultsOf,
  fixturePath,
  fixturesOf,
  get,
} from "../../fixtures.ts";
import { inDirectory } from "../../temporary.ts";
import { openZip } from "./open.ts";

const utf8 = new TextEncoder();

function read(name: string): Uint8Array<ArrayBuffer> {
  return Deno.readFileSync(fixturePath(`zip/${name}.zip`));
}

function lookUp(snapshot: Snapshot, key: string): string | undefined {
  const value = get(snapshot.find.bind(snapshot), utf8.encode(key));
  return value && new TextDecoder().decode(value);
}

for (const fixture of fixturesOf("zip")) {
  const { file, valid, why } = fixture;
  Deno.test(`${file}: ${why}${valid ? "" : ", is refused"}`, async () => {
    const storage = new ZipStorage();
    const opening = storage.open(fixturePath(file), {});
    if (!valid) {
      await assertRejects(() => opening, DataFileError, 'entry "');
      return;
    }
    const data = await opening;
    const snapshot = storage.attach(data);
    assertRecords(snapshot, fixture);
    assertEquals(faultsOf(snapshot), []);
    storage.close(data);
  });
}

Deno.test("a folder is a namespace where the separator is a slash", () => {
  const snapshot = openZip(read("mixed"), {
    namespaced: true,
    separator: "/",
  });
  if (!isNamespaced(snapshot)) throw new TypeError("no namespaces");
  const name = utf8.encode("dir/007.txt");
  const value = new Value();
  assert(snapshot.findIn(name, 0, 3, 4, name.length, value));
  assertEquals(
    new TextDecoder().decode(value.bytes.subarray(value.start, value.end)),
    "value 7 ".repeat(7),
  );
});

Deno.test("values that were found stay what they are while others are inflated", () => {
  const snapshot = openZip(read("mixed"));
  const values = Array.from({ length: 200 }, (_, i) => {
    const key = utf8.encode(`dir/${String(i).padStart(3, "0")}.txt`);
    const value = new Value();
    assert(snapshot.find(key, 0, key.length, value));
    return value;
  });
  for (const [i, { bytes, start, end }] of values.entries()) {
    assertEquals(
      new TextDecoder().decode(bytes.subarray(start, end)),
      `value ${i} `.repeat(i % 40),
    );
  }
});

Deno.test("a content that does not have its CRC-32 is an error, not a value", () => {
  const file = read("twice");
  // The first entry is stored behind its local header of 31 bytes.
  for (const at of fileOffsetsOf(file, "second, and last")) file[at] ^= 1;
  const snapshot = openZip(file);
  assertEquals(lookUp(snapshot, "b"), "only");
  assert(
    faultsOf(snapshot).some((fault) => /CRC-32|inflate/.test(fault)),
    faultsOf(snapshot).join(),
  );
});

/** Where a text that is stored begins; of a deflated one, its data's begin. */
function fileOffsetsOf(file: Uint8Array, text: string): number[] {
  const latin1 = new TextDecoder("latin1").decode(file);
  const at = latin1.indexOf(text);
  return at >= 0 ? [at] : [latin1.lastIndexOf("PK\x03\x04") + 33];
}

Deno.test("an entry that claims to inflate to more than it can is refused", () => {
  const file = read("infozip");
  const view = new DataView(file.buffer);
  const central = new TextDecoder("latin1").decode(file).indexOf("PK\x01\x02");
  let at = central;
  while (view.getUint16(at + 10, true) !== 8) {
    at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true) +
      view.getUint16(at + 32, true);
  }
  view.setUint32(at + 24, 200_000_000, true);
  assertThrows(() => openZip(file), DataFileError, "cannot inflate to");
});

Deno.test("a file that is cut, or none, is refused", () => {
  const file = read("infozip64");
  for (const length of [0, 4, 21, 22, 1000, file.length - 1]) {
    assertThrows(() => openZip(file.slice(0, length)), DataFileError);
  }
});

Deno.test({
  name: "70,000 entries of Python's zipfile, which need zip64, are all found",
  ignore: !new Deno.Command("python3", { args: ["--version"] }).outputSync()
    .success,
}, () =>
  inDirectory(async (directory) => {
    const path = `${directory}/many.zip`;
    const program = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], "w") as archive:
    for i in range(70000):
        archive.writestr(str(i), str(i * i))
`;
    const { success } = await new Deno.Command("python3", {
      args: ["-c", program, path],
    }).output();
    assert(success);
    const storage = new ZipStorage();
    const data = await storage.open(path, {});
    assertEquals(data.keys, 70_000);
    const snapshot = storage.attach(data);
    for (let i = 0; i < 70_000; i += 7) {
      assertEquals(lookUp(snapshot, String(i)), String(i * i));
    }
    assertEquals(lookUp(snapshot, "70000"), undefined);
    storage.close(data);
  }));

const hasUnzip = (() => {
  try {
    return new Deno.Command("unzip", { args: ["-v"] }).outputSync().success;
  } catch {
    return false;
  }
})();

Deno.test({
  name: "what zip -r makes of the source is read as unzip reads it",
  ignore: !hasUnzip,
}, () =>
  inDirectory(async (directory) => {
    const path = `${directory}/source.zip`;
    const cwd = fileURLToPath(new URL("../../../src", import.meta.url));
    await new Deno.Command("zip", { args: ["-q", "-r", path, "."], cwd })
      .output();
    const storage = new ZipStorage();
    const data = await storage.open(path, {});
    const snapshot = storage.attach(data);
    assertEquals(faultsOf(snapshot), []);
    let count = 0;
    for (const { key, value } of snapshot.entries()) {
      const name = new TextDecoder().decode(key);
      const unzipped = await Deno.readFile(`${cwd}/${name}`);
      assertEquals(value.toHex(), unzipped.toHex(), name);
      count++;
    }
    assertEquals(count, data.keys);
    storage.close(data);
  }));
