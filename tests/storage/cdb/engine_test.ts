/** tinycdb (the program `cdb`), where it is installed, and our reader. */

import { assert, assertEquals } from "@std/assert";
import { openCdb } from "../../../src/storage/cdb/cdb.ts";
import { get } from "../../fixtures.ts";
import { hasTinycdb, makeCdb, tinycdb } from "./tinycdb.ts";
import { cdbFile, type Pair } from "./writer.ts";

if (!hasTinycdb) console.log("cdb is not installed: its tests are skipped");

const utf8 = new TextEncoder();

Deno.test({
  name: "a file that tinycdb made is read whole",
  ignore: !hasTinycdb,
}, () => {
  const pairs = Array.from(
    { length: 20_000 },
    (_, i): [Uint8Array, Uint8Array] => [
      utf8.encode(`key:${i * 7}`),
      utf8.encode(`value ${i}`.repeat(i % 5)),
    ],
  );
  const path = Deno.makeTempFileSync({ suffix: ".cdb" });
  try {
    makeCdb(path, pairs);
    const snapshot = openCdb(Deno.readFileSync(path), path, {});
    const find = snapshot.find.bind(snapshot);
    for (const [key, value] of pairs) assertEquals(get(find, key), value);
    for (let i = 0; i < pairs.length; i++) {
      assertEquals(get(find, utf8.encode(`key:${i * 7 + 1}`)), undefined);
    }
    assertEquals(snapshot.count(), pairs.length);
    assertEquals(
      [...snapshot.entries()].map(({ key }) => key),
      pairs.map(([key]) => key),
    );
    assertEquals([...snapshot.check()], []);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test({
  name: "tinycdb refuses the 64-bit form, and reads our writer's classic one",
  ignore: !hasTinycdb,
}, () => {
  const pairs: Pair[] = Array.from(
    { length: 1000 },
    (_, i) => [utf8.encode(`${i}`), utf8.encode(`value ${i}`)],
  );
  const path = Deno.makeTempFileSync({ suffix: ".cdb" });
  try {
    Deno.writeFileSync(path, cdbFile(pairs, 4));
    assertEquals(tinycdb(["-q", path, "7"]), { code: 0, out: "value 7" });
    Deno.writeFileSync(path, cdbFile(pairs, 8));
    // 100 is tinycdb's "not found": that would be a wrong answer.
    for (let i = 0; i < 300; i += 10) {
      const { code } = tinycdb(["-q", path, `${i}`]);
      assert(code !== 0 && code !== 100, `${code}`);
    }
    assert(tinycdb(["-d", path]).code !== 0);
  } finally {
    Deno.removeSync(path);
  }
});
