/** Files by the `sqlite3` program and Python's sqlite3, where installed. */

import { assertEquals } from "@std/assert";
import { SqliteStorage } from "../../../src/storage/sqlite/sqlite.ts";
import { get } from "../../fixtures.ts";

const KEYS = 5000;
const SQL = `
  PRAGMA page_size = 512;
  CREATE TABLE kv (key TEXT PRIMARY KEY, value BLOB);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT ${KEYS})
  INSERT INTO kv SELECT 'key ' || i, zeroblob(i % 1000) FROM n;
`;

function engine(
  name: string,
  version: string,
  args: (path: string) => string[],
) {
  const installed = (() => {
    try {
      return new Deno.Command(name, { args: [version] }).outputSync().success;
    } catch {
      return false;
    }
  })();
  if (!installed) console.log(`${name} is not installed: its test is skipped`);
  Deno.test({
    name: `a file that ${name} made is read whole`,
    ignore: !installed,
  }, async () => {
    const directory = await Deno.makeTempDir();
    const path = `${directory}/test.sqlite`;
    try {
      const { success } = await new Deno.Command(name, { args: args(path) })
        .output();
      assertEquals(success, true);
      const storage = new SqliteStorage();
      const data = await storage.open(path, {});
      assertEquals(data.keys, KEYS);
      const snapshot = storage.attach(data);
      const find = snapshot.find.bind(snapshot);
      for (let i = 1; i <= KEYS; i++) {
        const value = get(find, new TextEncoder().encode(`key ${i}`));
        assertEquals(value, new Uint8Array(i % 1000));
      }
      for (const key of ["key 0", `key ${KEYS + 1}`, "key", ""]) {
        assertEquals(get(find, new TextEncoder().encode(key)), undefined);
      }
      assertEquals([...snapshot.entries()].length, KEYS);
      assertEquals([...snapshot.check()], []);
      snapshot.close?.();
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

engine("sqlite3", "--version", (path) => [path, SQL]);
engine("python3", "--version", (path) => [
  "-c",
  "import sqlite3, sys\n" +
  "connection = sqlite3.connect(sys.argv[1])\n" +
  "connection.executescript(sys.argv[2])\n" +
  "connection.commit()",
  path,
  SQL,
]);
