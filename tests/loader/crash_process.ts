/**
 * A process that swaps data sets and kills itself before a step:
 * `crash_process.ts BASEDIR DROPDIR STEP`. It loads what is in the slots, and
 * then "two" and "three", each with its sum, and a file that does not open.
 */

import { Database } from "../../src/handler/database.ts";
import { SimpleHandler } from "../../src/handler/simple.ts";
import { SlotLoader } from "../../src/loader/slot_loader.ts";
import { JsonStorage } from "../../src/storage/json/json.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import { md5 } from "../temporary.ts";

const [basedir, dropdir, last] = Deno.args;
let steps = 0;
const storage = new JsonStorage();
const database = new Database({
  storage,
  targets: [new SimpleHandler(storage)],
  loader: new SlotLoader(basedir, {
    beforeStep() {
      if (++steps === Number(last)) Deno.kill(Deno.pid, "SIGKILL");
    },
  }),
});
await database.recover();
for (const text of ['{"n":"two"}', '{"n":"three"}', '{"n":']) {
  const path = `${dropdir}/data.db`;
  await Deno.writeTextFile(path, text);
  await Deno.writeTextFile(`${path}.md5`, md5(text));
  const identity = (await identify(path))!;
  await database.load({
    path,
    sumPath: `${path}.md5`,
    sum: md5(text),
    identity,
  });
}
