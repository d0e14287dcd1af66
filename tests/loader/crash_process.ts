/**
 * A process that swaps data sets and kills itself before a step:
 * `crash_process.ts BASEDIR DROPDIR KEEP STEP`. It loads what is in the slots, and
 * then "two" and "three", each with its sum, a file that does not open, and
 * "three" once more. If it keeps the version before, its file is removed at last.
 *
 * The sum of what is served is in `DROPDIR/served`.
 */

import { Database } from "../../src/handler/database.ts";
import { SimpleHandler } from "../../src/handler/simple.ts";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { JsonStorage } from "../../src/storage/json/json.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import { md5 } from "../temporary.ts";

const [basedir, dropdir, keep, last] = Deno.args;
const path = `${dropdir}/data.db`;
let steps = 0;
const storage = new JsonStorage();
const handler = new SimpleHandler(storage);
const database = new Database({
  storage,
  targets: [handler],
  loader: new SlotLoader(basedir, {
    sources: [path],
    keepPrevious: keep === "true",
    beforeStep() {
      const { sum = "" } = handler.current?.facts ?? {};
      Deno.writeTextFileSync(`${dropdir}/served`, sum);
      if (++steps === Number(last)) Deno.kill(Deno.pid, "SIGKILL");
    },
  }),
});
await database.recover();
for (const text of ['{"n":"two"}', '{"n":"three"}', '{"n":', '{"n":"three"}']) {
  await Deno.writeTextFile(path, text);
  await Deno.writeTextFile(`${path}.md5`, md5(text));
  const identity = (await identify(path))!;
  const sum = md5(text);
  await database.load({ path, sumPath: `${path}.md5`, sum, identity });
}
if (keep === "true") {
  await Deno.remove(handler.current!.facts.path);
  await database.look();
}
