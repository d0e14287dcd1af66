import { assertEquals } from "@std/assert";
import { openBolt } from "../../../src/storage/boltdb/boltdb.ts";
import { get } from "../../fixtures.ts";
import { inDirectory } from "../../temporary.ts";
import { buildWithBolt, MISSING } from "./engine.ts";

Deno.test("a file that Go's bolt has just built is read back", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db`;
    if (!await buildWithBolt(path, 20_000)) return console.log(MISSING);
    const file = await Deno.readFile(path);
    const lookUp = (bucket: string, key: string) => {
      const snapshot = openBolt(file, path, { bucket });
      const found = get(
        snapshot.find.bind(snapshot),
        new TextEncoder().encode(key),
      );
      return found && new TextDecoder().decode(found);
    };
    for (let n = 0; n < 20_000; n += 37) {
      const deleted = n < 1000 && n % 2 === 1;
      assertEquals(
        lookUp("numbers", `key-${n}`),
        deleted ? undefined : String(n).padStart(32, "0"),
      );
    }
    assertEquals(lookUp("numbers", "key-20000"), undefined);
    assertEquals(lookUp("outer", "big"), "x".repeat(1 << 20));
    assertEquals(lookUp("outer", "inner"), undefined);
    assertEquals(lookUp("outer/inner", "k"), "v");
    const numbers = openBolt(file, path, { bucket: "numbers" });
    assertEquals(numbers.count(), 19_500);
    assertEquals([...numbers.check()], []);
  }));
