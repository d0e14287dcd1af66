import { openCdb } from "../../../src/storage/cdb/cdb.ts";
import { fixturePath } from "../../fixtures.ts";
import { pythonEngine } from "../engines.ts";
import { assertSoundness, type Subject } from "../soundness.ts";
import { cdbFile, type Pair } from "./writer.ts";

const NONE = new Uint8Array(0);

const tinycdb = pythonEngine(
  new URL("./engine/opinions.py", import.meta.url),
  "import ctypes; ctypes.CDLL('libcdb.so.1')",
);

const subjects = ["small", "many", "binary", "duplicates", "empty"]
  .flatMap((name): Subject[] => {
    const file = Deno.readFileSync(fixturePath(`cdb/${name}.cdb`));
    const pairs = Array.from(
      openCdb(file, name, {}).entries(),
      ({ key, value }): Pair => [key, value],
    );
    const views = [{}, { namespaced: true, separator: "/" }];
    const wide = cdbFile(pairs, 8);
    return [
      { name, file, views },
      { name: `${name}, 64-bit`, file: wide, views, isForeign: true },
    ];
  });

Deno.test("what the check of a cdb calls sound is found, all of it", () =>
  assertSoundness({
    name: "cdb",
    subjects,
    open: (bytes, options) => openCdb(bytes, "mutant", options),
    engine: tinycdb,
    lines: (bytes) =>
      Array.from(
        openCdb(bytes, "mutant", {}).entries(),
        ({ key, value }) => [NONE, key, value],
      ),
  }));
