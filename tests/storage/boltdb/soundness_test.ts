import { checksum, readMeta } from "../../../src/storage/boltdb/meta.ts";
import { buckets, hiddenBuckets } from "../../../src/storage/boltdb/buckets.ts";
import { BUCKET_HEADER_SIZE } from "../../../src/storage/boltdb/layout.ts";
import { Tree } from "../../../src/storage/boltdb/tree.ts";
import { records } from "../../../src/storage/boltdb/walk.ts";
import { openBolt } from "../../../src/storage/boltdb/boltdb.ts";
import type { OpenOptions } from "../../../src/storage/storage.ts";
import { fixturePath, fixturesOf } from "../../fixtures.ts";
import type { Line } from "../engines.ts";
import { assertSoundness, type Subject } from "../soundness.ts";
import { bbolt } from "./engine.ts";

const fixtures = fixturesOf("boltdb").filter(({ valid }) => valid);
const subjects = [...new Set(fixtures.map(({ file }) => file))]
  .map((file): Subject => ({
    name: file,
    file: Deno.readFileSync(fixturePath(file)),
    views: [
      { namespaced: true },
      ...fixtures.filter((fixture) =>
        fixture.file === file && fixture.options.bucket !== undefined
      ).map(({ options }): OpenOptions => ({ bucket: options.bucket })),
    ],
  }))
  .filter(({ file }) => file.length <= 65_536);

/** Where meta records can be: behind the headers of pages of these sizes. */
const METAS = [0, 512, 4096, 8192].map((page) => page + 16);

/** Without it, a meta page that says anything else is not looked at. */
function heal(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer);
  for (const at of METAS) {
    if (at + 64 > bytes.length || view.getUint32(at, true) !== 0xed0cdaed) {
      continue;
    }
    view.setBigUint64(at + 56, checksum(bytes, at), true);
  }
}

Deno.test("what the check of a BoltDB file calls sound is found, all of it", () =>
  assertSoundness({
    name: "boltdb",
    subjects,
    heal,
    open: (bytes, options) => openBolt(bytes, "mutant", options),
    engine: bbolt,
    lines(bytes) {
      const lines: Line[] = [];
      const meta = readMeta(bytes, "mutant");
      const tree = new Tree(bytes, "mutant", meta);
      const root = {
        start: meta.rootBucket,
        end: meta.rootBucket + BUCKET_HEADER_SIZE,
      };
      for (const find of [buckets, hiddenBuckets]) {
        for (const bucket of find(tree, root)) {
          for (const { key, value } of records(tree, bucket)) {
            lines.push([bucket.name, key, value]);
          }
        }
      }
      return lines;
    },
  }));
