import { assertEquals } from "@std/assert";
import { NamespacedStorage } from "../../src/handler/namespaced.ts";
import { JsonStorage } from "../../src/storage/json/json.ts";
import { get } from "../fixtures.ts";
import { inDirectory } from "../temporary.ts";

Deno.test("the first separator parts namespace and key", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.json`;
    const data = { ns: { "": "empty", "a:b": "colon" }, "": { k: "none" } };
    await Deno.writeTextFile(path, JSON.stringify(data));
    for (const separator of [":", "/"]) {
      const storage = new NamespacedStorage(new JsonStorage(), separator);
      const snapshot = storage.attach(await storage.open(path, {}));
      const lookUp = (key: string) => {
        const bytes = new TextEncoder().encode(key);
        const value = get(snapshot.find.bind(snapshot), bytes);
        return value && new TextDecoder().decode(value);
      };
      assertEquals(lookUp(`ns${separator}a:b`), "colon");
      assertEquals(lookUp(`ns${separator}`), "empty");
      assertEquals(lookUp(`${separator}k`), "none");
      assertEquals(lookUp("ns"), undefined);
      assertEquals(lookUp("k"), undefined);
      assertEquals(lookUp(`no${separator}k`), undefined);
      assertEquals(snapshot.count(), 3);
    }
  }));
