import type { Line } from "../engines.ts";
import { fixturePath, fixturesOf } from "../../fixtures.ts";
import { assertSoundness, type Subject } from "../soundness.ts";
import { zipfile } from "./engine.ts";
import { openZip } from "./open.ts";

const NONE = new Uint8Array(0);

const subjects = fixturesOf("zip").filter(({ valid }) => valid)
  .map(({ file }): Subject => ({
    name: file,
    file: Deno.readFileSync(fixturePath(file)),
    views: [{}],
  }));

Deno.test("what the check of a ZIP file calls sound is found, all of it", () =>
  assertSoundness({
    name: "zip",
    subjects,
    open: openZip,
    engine: zipfile,
    *lines(bytes): Iterable<Line> {
      for (const { key, value } of openZip(bytes).entries()) {
        yield [NONE, key, value];
      }
    },
  }));
