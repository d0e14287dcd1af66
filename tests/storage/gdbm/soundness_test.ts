import { openGdbm } from "../../../src/storage/gdbm/gdbm.ts";
import type { Line } from "../engines.ts";
import { fixturePath, fixturesOf } from "../../fixtures.ts";
import { assertSoundness, type Subject } from "../soundness.ts";
import { gdbm } from "./engine.ts";

const NONE = new Uint8Array(0);

/** The engine of this machine reads files of its own kind alone. */
const OWN = /small|empty|binary|many|deleted|mixed(-512|-numsync)?\.gdbm/;

const subjects = fixturesOf("gdbm")
  .filter(({ valid, file }) => valid && OWN.test(file))
  .map(({ file }): Subject => ({
    name: file,
    file: Deno.readFileSync(fixturePath(file)),
    views: [{}],
  }))
  .filter(({ file }) => file.length <= 80_000);

Deno.test("what the check of a GDBM file calls sound is found, all of it", () =>
  assertSoundness({
    name: "gdbm",
    subjects,
    open: (bytes, options) => openGdbm(bytes, "mutant", options),
    engine: gdbm,
    *lines(bytes): Iterable<Line> {
      for (const { key, value } of openGdbm(bytes, "mutant", {}).entries()) {
        yield [NONE, key, value];
      }
    },
  }));
