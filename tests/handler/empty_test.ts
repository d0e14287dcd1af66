import { assert, assertEquals } from "@std/assert";
import { Database } from "../../src/handler/database.ts";
import { SimpleHandler } from "../../src/handler/simple.ts";
import { InPlaceLoader } from "../../src/loader/loader.ts";
import { createStorage } from "../../src/storage/registry.ts";
import { identify } from "../../src/watcher/file_identity.ts";
import { buildPairs, FORMATS } from "../build/building.ts";
import { withLogs } from "../logs.ts";
import { inDirectory } from "../temporary.ts";

for (const format of FORMATS) {
  Deno.test(`a ${format} file without any key is served with a warning`, () =>
    inDirectory((directory) =>
      withLogs(async (logs) => {
        const storage = createStorage(format);
        const handler = new SimpleHandler(storage);
        const database = new Database({
          storage,
          loader: new InPlaceLoader(),
          targets: [handler],
        });
        const path = await buildPairs(directory, format, []);
        const identity = (await identify(path))!;
        assert(await database.load({ path, sum: "", identity }));
        assertEquals(handler.current?.snapshot.count(), 0);
        assert(
          logs.includes(
            `warning: ${path}: has no key: every look-up will be a miss`,
          ),
          logs.join("\n"),
        );
        database.close();
      })
    ));
}
