import { openBdb } from "../../../src/storage/bdb/bdb.ts";
import { checksum } from "../../../src/storage/bdb/sums.ts";
import { fixturePath, fixturesOf } from "../../fixtures.ts";
import { assertSoundness, type Subject } from "../soundness.ts";
import { libdb } from "./engine.ts";
import { linesOf } from "./lines.ts";

const fixtures = fixturesOf("bdb").filter(({ valid, optional }) =>
  valid && !optional
);

/** Makes the checksums of pages right, in a file that has some. */
function heal(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  if ((bytes[26] & 1) === 0) return;
  const little = bytes[12] === 0x62 || bytes[12] === 0x61;
  const size = view.getUint32(20, little);
  if (size < 512 || size > 65_536) return;
  for (let at = 0; at + size <= bytes.length; at += size) {
    const isMeta = bytes[at + 25] >= 8 && bytes[at + 25] <= 10;
    const place = at + (isMeta ? 492 : 28);
    const end = at + (isMeta ? 512 : size);
    view.setUint32(place, checksum(bytes, at, end, place), little);
  }
}

for (
  const [kind, prefix] of [
    ["B-tree", "bt-"],
    ["hash", "h-"],
    ["file of several databases", "named"],
  ]
) {
  const chosen = fixtures.filter(({ file }) =>
    file.startsWith(`bdb/${prefix}`)
  );
  const subjects = [...new Set(chosen.map(({ file }) => file))]
    .map((file): Subject => ({
      name: file,
      file: Deno.readFileSync(fixturePath(file)),
      views: chosen.filter((fixture) => fixture.file === file)
        .map(({ options }) => ({ bucket: options.database })),
    }))
    .filter(({ file }) => file.length <= 32_768);
  Deno.test(`what the check of a Berkeley DB ${kind} calls sound is found, all of it`, () =>
    assertSoundness({
      name: "bdb",
      kind,
      subjects,
      heal,
      open: (bytes, options) => openBdb(bytes, "mutant", options),
      engine: libdb,
      lines: linesOf,
    }));
}
