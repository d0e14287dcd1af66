import { openLmdb } from "../../../src/storage/lmdb/lmdb.ts";
import {
  isNamespaced,
  type OpenOptions,
} from "../../../src/storage/storage.ts";
import { fixturePath, fixturesOf } from "../../fixtures.ts";
import { type Line, pythonEngine } from "../engines.ts";
import { assertSoundness, type Subject } from "../soundness.ts";

const NONE = new Uint8Array(0);

const liblmdb = pythonEngine(
  new URL("./engine/opinions.py", import.meta.url),
  "import lmdb",
);

const fixtures = fixturesOf("lmdb").filter(({ valid }) => valid);
const subjects = [...new Set(fixtures.map(({ file }) => file))]
  .filter((file) => file.endsWith(".mdb"))
  .map((file): Subject => ({
    name: file,
    file: Deno.readFileSync(fixturePath(file)),
    views: [
      ...fixtures.filter((fixture) => fixture.file === file)
        .map(({ options }): OpenOptions => ({ bucket: options.database })),
      { namespaced: true },
    ],
    isForeign: file.startsWith("lmdb/v2-"),
  }));

function linesOf(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  for (const { key, value } of openLmdb(bytes, "mutant", {}).entries()) {
    lines.push([NONE, key, value]);
  }
  const named = openLmdb(bytes, "mutant", { namespaced: true });
  if (!isNamespaced(named)) throw new TypeError("no namespaces");
  for (const { namespace, key, value } of named.entries()) {
    lines.push([namespace!, key, value]);
  }
  return lines;
}

Deno.test("what the check of an LMDB file calls sound is found, all of it", () =>
  assertSoundness({
    name: "lmdb",
    subjects,
    open: (bytes, options) => openLmdb(bytes, "mutant", options),
    engine: liblmdb,
    lines: linesOf,
  }));
