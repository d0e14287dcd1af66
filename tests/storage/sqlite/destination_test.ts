import { assertEquals, assertThrows } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { SqliteStorage } from "../../../src/storage/sqlite/sqlite.ts";
import { DataFileError } from "../../../src/storage/storage.ts";
import { get } from "../../fixtures.ts";
import { inDirectory } from "../../temporary.ts";

function build(path: string, value: string): void {
  const database = new DatabaseSync(path);
  database.exec("CREATE TABLE kv (key TEXT PRIMARY KEY, value TEXT)");
  database.prepare("INSERT INTO kv VALUES ('a', ?)").run(value);
  database.close();
}

Deno.test("a file that gets its place later is attached before and after", () =>
  inDirectory(async (directory) => {
    const path = `${directory}/data.db.new`;
    const destination = `${directory}/data.db`;
    build(path, "one");
    build(destination, "former");
    const storage = new SqliteStorage();
    const data = await storage.open(path, { destination });
    const value = () => {
      const snapshot = storage.attach(data);
      const found = get(
        snapshot.find.bind(snapshot),
        new TextEncoder().encode("a"),
      );
      snapshot.close?.();
      return new TextDecoder().decode(found);
    };
    assertEquals(value(), "one");
    await Deno.rename(path, destination);
    assertEquals(value(), "one");
    // The next file has the name that this one had.
    build(path, "next");
    assertEquals(value(), "one");
    await Deno.remove(destination);
    assertThrows(value, DataFileError, `${destination}: is another file`);
  }));
